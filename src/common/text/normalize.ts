/**
 * The normalizers of tokenizer.json, as Hugging Face's Rust library applies them, and sentencepiece's own, on a text whose
 * characters know where they come from.
 */
import { mapEach, prepend, replaceMatches, strip, unicodeForm, type Characters } from './characters.ts';
import { isObject, type Json } from '../json.ts';
import { patternOf } from './pattern.ts';
import { byteCharacters } from './pieces.ts';
import { PrecompiledTable } from './precompiled.ts';
import { sentencepieceNormalizer } from './sentencepiece-normalizer.ts';

export type Normalizer = (text: Characters) => Characters;

/**
 * What “normalizer” of tokenizer.json describes; null stands for nothing to do.
 * @throws Error that says what is wrong with it.
 */
export function createNormalizer(config: unknown): Normalizer {
  if (config === null || config === undefined) return (text) => text;
  if (!isObject(config)) throw new Error('its normalizer is no object');
  const { type } = config;
  switch (type) {
    case 'Sequence':
      return sequence(config['normalizers']);
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return (text) => unicodeForm(text, type);
    case 'Lowercase':
      return lowercase;
    case 'StripAccents':
      return (text) => mapEach(text, (character) => (/^\p{M}$/u.test(character) ? '' : character));
    case 'Strip':
      return (text) => strip(text, config['strip_left'] !== false, config['strip_right'] !== false);
    case 'ByteLevel':
      return (text) => mapEach(text, (character) => byteCharacters(character).join(''));
    case 'Prepend':
      return (text) => prepend(text, String(config['prepend'] ?? ''));
    case 'Replace':
      return replace(patternOf(config['pattern']), String(config['content'] ?? ''));
    case 'Nmt':
      return (text) => mapEach(text, nmt);
    case 'BertNormalizer':
      return bert(config);
    case 'Precompiled': {
      const table = new PrecompiledTable(String(config['precompiled_charsmap'] ?? ''));
      return (text) => table.apply(text);
    }
    case 'Sentencepiece':
      return sentencepieceNormalizer(config);
    default:
      throw new Error(`its normalizer “${String(type)}” is unknown`);
  }
}

function sequence(steps: unknown): Normalizer {
  const all = Array.isArray(steps) ? steps.map(createNormalizer) : [];
  return (text) => all.reduce((changed, step) => step(changed), text);
}

/** Character by character: no final sigma. */
function lowercase(text: Characters): Characters {
  return mapEach(text, (character) => character.toLowerCase());
}

function replace(pattern: RegExp, content: string): Normalizer {
  return (text) => replaceMatches(text, pattern, content);
}

/** What sentencepiece's NMT rules drop and take for spaces. */
function nmt(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const isControl = (code >= 0x01 && code <= 0x1f && !'\t\n\f\r'.includes(character)) || code === 0x7f;
  if (isControl || code === 0x8f || code === 0x9f) return '';
  return /^[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]$/.test(character) ? ' ' : character;
}

function bert(config: Json): Normalizer {
  const isLower = config['lowercase'] !== false;
  const steps: Normalizer[] = [];
  if (config['clean_text'] !== false) steps.push((text) => mapEach(text, clean));
  if (config['handle_chinese_chars'] !== false)
    steps.push((text) =>
      mapEach(text, (character) => (isIdeograph(character) ? ` ${character} ` : character)),
    );
  if (config['strip_accents'] ?? isLower)
    steps.push((text) =>
      mapEach(unicodeForm(text, 'NFD'), (character) => (/^\p{Mn}$/u.test(character) ? '' : character)),
    );
  if (isLower) steps.push(lowercase);
  return (text) => steps.reduce((changed, step) => step(changed), text);
}

/** Drops control characters; every space becomes a plain one. */
function clean(character: string): string {
  if ('\t\n\r'.includes(character)) return ' ';
  if (/^[\0\ufffd\p{Cc}\p{Cf}\p{Co}\p{Cs}]$/u.test(character)) return '';
  return /^\p{White_Space}$/u.test(character) ? ' ' : character;
}

/** BERT's blocks of CJK ideographs. */
function isIdeograph(character: string): boolean {
  return /^[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]$/u.test(
    character,
  );
}
