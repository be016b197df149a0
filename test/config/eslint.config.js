import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const project = { projectService: true, tsconfigRootDir: new URL('../..', import.meta.url).pathname };

export default ts.config(
  {
    ignores: [
      'out/',
      'node_modules/',
      'test-results/',
      'test/bench/node_modules/',
      '.venv/',
      '**/*.json',
      'test/fixtures/',
    ],
  },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: project },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'] } },
  },
  {
    files: ['src/renderer/**'],
    ignores: ['src/renderer/common/numbers.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[property.name=/^to(Fixed|Precision|Exponential|LocaleString)$/]',
          message: 'Each kind of number has one way to stand on screen: see src/renderer/common/numbers.ts.',
        },
      ],
    },
  },
  {
    rules: {
      eqeqeq: 'error',
      // TypeScript knows every name; the rule does not know its types.
      'no-undef': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 400, skipComments: true, skipBlankLines: true }],
    },
  },
);
