import { ReplaceNormalizer } from '@huggingface/tokenizers';
import { quote } from '../error.ts';
import { isObject, type Json } from '../json.ts';
import { inKnownSyntax } from './oniguruma.ts';

/**
 * `{"String": …}` or `{"Regex": …}` of tokenizer.json as a global expression. Patterns are in Oniguruma's syntax, which
 * the library translates.
 * @throws Error for what is no pattern.
 */
export function patternOf(value: unknown): RegExp {
  if (!isObject(value) || (typeof value['String'] !== 'string' && typeof value['Regex'] !== 'string'))
    throw new Error('a pattern in it is neither a string nor a regular expression');
  const { Regex: source } = value;
  if (typeof source !== 'string') return translated(value);
  // An option at the beginning holds for all of it, if none ends it; the library would fold the case of ASCII only.
  const isFolded = source.startsWith('(?i)') && !/\(\?[imx]*-[imx]*i/.test(source);
  try {
    const { source: known } = translated({ Regex: inKnownSyntax(isFolded ? source.slice(4) : source) });
    const pattern = new RegExp(known, isFolded ? 'giu' : 'gu');
    // What is too large is found out where it is used first.
    pattern.test('');
    pattern.lastIndex = 0;
    return pattern;
  } catch (cause) {
    throw new Error(`the regular expression ${quote(source)} in it can’t be used: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

function translated(pattern: Json): RegExp {
  const config = { type: 'Replace', pattern, content: '' };
  const found = new ReplaceNormalizer(config as ConstructorParameters<typeof ReplaceNormalizer>[0]).pattern;
  if (found === null) throw new Error('it is no pattern');
  return found;
}

/** What is wrong, without the translated expression, which nobody wrote. */
function reasonOf(cause: unknown): string {
  const { message } = cause instanceof Error ? cause : new Error(String(cause));
  const reason = message.replace(/^Invalid regular expression: \/[\s\S]*\/\w*: /, '').slice(0, 200);
  if (/stack/i.test(reason)) return 'it goes too deep';
  return reason.slice(0, 1).toLowerCase() + reason.slice(1);
}

/**
 * The matches of a global expression as Oniguruma's users find them: none that is empty where one before it ends, and, what
 * V8 does for `^` and `$`, none within a character.
 */
export function* matchesOf(pattern: RegExp, text: string): Generator<RegExpExecArray> {
  let end = -1;
  for (const match of text.matchAll(pattern)) {
    const { index } = match;
    const isEmpty = match[0] === '';
    if (isEmpty && (index === end || isWithinCharacter(text, index))) continue;
    end = index + match[0].length;
    yield match;
  }
}

function isWithinCharacter(text: string, at: number): boolean {
  return at > 0 && (text.codePointAt(at - 1) ?? 0) > 0xffff;
}
