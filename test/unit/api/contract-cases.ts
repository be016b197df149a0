/**
 * The contract of the host as a list of cases that any host must pass: the handler itself, the loopback server, and
 * Electron's protocol. They use plain assertions, so that every test runner can run them, one after another in order.
 */
import assert from 'node:assert/strict';
import * as v from 'valibot';
import {
  AppStateSchema,
  MAX_RANGE,
  ModelSummarySchema,
  SettingsSchema,
} from '../../../src/common/contract.ts';
import {
  CARD,
  CONFIG,
  LARGE,
  filePath,
  ok,
  put,
  range,
  refused,
  startModel,
  type Target,
} from './contract-target.ts';

export interface ContractCase {
  readonly name: string;
  run(target: Target): Promise<void>;
}

export const contractCases: readonly ContractCase[] = [
  {
    name: 'the state names the version, the host and the model to open',
    async run(target) {
      const state = ok(v.strictObject(AppStateSchema.entries), await target.call('GET', '/api/state'));
      assert.match(state.version, /^\d+\.\d+\.\d+/);
      assert.match(state.startModel ?? '', /^[A-Za-z0-9_-]+$/);
      assert.equal(state.job, false);
    },
  },
  {
    name: 'the library lists models, and tells no path',
    async run(target) {
      const reply = await target.call('GET', '/api/models');
      const models = ok(v.array(v.strictObject(ModelSummarySchema.entries)), reply);
      const model = models.find(({ source }) => source === 'opened');
      assert.deepEqual(
        [model?.name, model?.modelType, model?.bytes],
        ['contract-model', 'gpt2', 24 + 4 * LARGE],
      );
      assert.ok(!new TextDecoder().decode(reply.bytes).includes(target.folder));
    },
  },
  {
    name: 'a model tells its config, files, tensors and tokenizer, and nothing else of its folder',
    async run(target) {
      const model = await startModel(target);
      assert.deepEqual(model.config, JSON.parse(CONFIG));
      assert.deepEqual(model.files.map(({ name }) => name).sort(), [
        'README.md',
        'config.json',
        'model.safetensors',
        'tokenizer.json',
      ]);
      const weights = model.files.find(({ name }) => name === 'model.safetensors');
      assert.deepEqual(
        model.tensors.map(({ name, dtype, shape, file }) => [name, dtype, shape, file]),
        [
          ['small', 'F32', [2, 3], weights?.id],
          ['large', 'F32', [LARGE], weights?.id],
        ],
      );
      assert.equal(model.card, model.files.find(({ name }) => name === 'README.md')?.id);
      assert.deepEqual(Object.keys(model.tokenizer), ['tokenizer.json']);
      assert.ok(!JSON.stringify(model).includes(target.folder));
    },
  },
  {
    name: 'a file comes whole',
    async run(target) {
      const reply = await target.call('GET', await filePath(target, 'README.md'));
      assert.equal(reply.status, 200);
      assert.equal(new TextDecoder().decode(reply.bytes), CARD);
      assert.equal(reply.headers['content-length'], String(CARD.length));
      assert.equal(reply.headers['accept-ranges'], 'bytes');
    },
  },
  {
    name: 'a file comes in ranges',
    async run(target) {
      const path = await filePath(target, 'README.md');
      const size = CARD.length;
      for (const [asked, begin, end] of [
        ['bytes=2-5', 2, 6],
        ['bytes=0-0', 0, 1],
        ['bytes=4-', 4, size],
        ['bytes=-3', size - 3, size],
        ['bytes=-100', 0, size],
        ['bytes=3-100', 3, size],
      ] as const) {
        const reply = await range(target, path, asked);
        assert.equal(reply.status, 206, asked);
        assert.equal(reply.headers['content-range'], `bytes ${begin}-${end - 1}/${size}`);
        assert.equal(new TextDecoder().decode(reply.bytes), CARD.slice(begin, end), asked);
      }
    },
  },
  {
    name: 'a tensor is read by its place',
    async run(target) {
      const { tensors } = await startModel(target);
      const { begin = 0, end = 0 } = tensors.find(({ name }) => name === 'small') ?? {};
      const reply = await range(
        target,
        await filePath(target, 'model.safetensors'),
        `bytes=${begin}-${end - 1}`,
      );
      assert.deepEqual([...new Float32Array(reply.bytes.slice().buffer)], [1, 2, 3, 4, 5, 6]);
    },
  },
  {
    name: 'the largest range comes, one byte more does not',
    async run(target) {
      const path = await filePath(target, 'model.safetensors');
      assert.equal((await range(target, path, `bytes=100-${99 + MAX_RANGE}`)).bytes.length, MAX_RANGE);
      const reply = await range(target, path, `bytes=100-${100 + MAX_RANGE}`);
      refused(target, reply, 416, 'range-not-satisfiable');
      assert.match(reply.headers['content-range'] ?? '', /^bytes \*\/\d+$/);
      refused(target, await target.call('GET', path), 416, 'range-not-satisfiable');
    },
  },
  {
    name: 'ranges that are none are refused',
    async run(target) {
      const path = await filePath(target, 'README.md');
      for (const asked of [
        'bytes=100-',
        'bytes=100-200',
        'bytes=5-2',
        'bytes=-0',
        'bytes=-',
        'bytes=0-1,3-4',
        'bytes=x',
        'lines=1-2',
        'bytes=99999999999999999999-',
      ])
        refused(target, await range(target, path, asked), 416, 'range-not-satisfiable');
    },
  },
  {
    name: 'what there is not is not found',
    async run(target) {
      const { id } = await startModel(target);
      refused(target, await target.call('GET', '/api/models/none'), 404, 'not-found');
      refused(target, await target.call('DELETE', '/api/models/none'), 404, 'not-found');
      refused(target, await target.call('GET', `/api/models/${id}/files/none`), 404, 'not-found');
      refused(target, await target.call('GET', `/api/models/${id}/files/secret.txt`), 400, 'bad-request');
      refused(target, await target.call('GET', `/api/models/${'x'.repeat(65)}`), 400, 'bad-request');
      refused(target, await target.call('GET', `/api/models/${id}/files/__proto__`), 404, 'not-found');
      refused(target, await target.call('GET', '/api'), 404, 'not-found');
      refused(target, await target.call('GET', '/api/nothing'), 404, 'not-found');
      refused(target, await target.call('POST', '/api/state'), 404, 'not-found');
      refused(target, await target.call('GET', '/nothing.js'), 404, 'not-found');
      refused(target, await target.call('POST', '/index.html'), 405, 'method-not-allowed');
    },
  },
  {
    name: 'paths that lead outside lead nowhere',
    async run(target) {
      const paths = [
        '/..%2f..%2fetc/passwd',
        '/..%5c..%5cwindows',
        '/a%00.html',
        '/%2fetc/passwd',
        '/c:/windows',
        '/%252e%252e/x',
      ];
      for (const path of [...paths, '/assets/..%2f..%2fpackage.json', '/%E0%A4%A']) {
        const reply = await target.call('GET', path);
        assert.ok(reply.status === 403 || reply.status === 404, `${path}: ${reply.status}`);
        refused(target, reply, reply.status, reply.status === 403 ? 'not-allowed' : 'not-found');
      }
    },
  },
  {
    name: 'every reply carries the security headers and none that opens it to others',
    async run(target) {
      for (const path of ['/api/state', '/api/nothing', '/nothing', await filePath(target, 'README.md')]) {
        const { headers } = await target.call('GET', path);
        const policy = headers['content-security-policy'] ?? '';
        for (const directive of [
          "default-src 'none'",
          "script-src 'self'",
          "connect-src 'self'",
          "frame-ancestors 'none'",
        ])
          assert.ok(policy.split('; ').includes(directive), `${directive} of ${path}`);
        assert.doesNotMatch(policy, /unsafe-eval|\*|https?:/);
        assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
        assert.equal(headers['cross-origin-embedder-policy'], 'require-corp');
        assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
        assert.equal(headers['x-content-type-options'], 'nosniff');
        assert.equal(headers['referrer-policy'], 'no-referrer');
        assert.deepEqual(
          Object.keys(headers).filter((name) => name.startsWith('access-control')),
          [],
        );
      }
    },
  },
  {
    name: 'settings are kept, and checked first',
    async run(target) {
      const before = ok(SettingsSchema, await target.call('GET', '/api/settings'));
      const wanted = { ...before, theme: 'light' as const, window: { panes: [1, 2] } };
      const stored = await target.call('PATCH', '/api/settings', changed({ ...wanted, stray: 1 }));
      assert.deepEqual(ok(v.looseObject({}), stored), wanted);
      const values = [{ theme: 'pink' }, { activationBudgetMiB: 1.5 }, null].map(changed);
      for (const bad of [...values, ...['{}', '[]', 'null', '{', ''].map((text) => put(text))]) {
        const error = refused(target, await target.call('PATCH', '/api/settings', bad), 400, 'bad-request');
        assert.match(error.message, /body/);
      }
      assert.deepEqual(ok(v.looseObject({}), await target.call('GET', '/api/settings')), wanted);
    },
  },
  {
    name: 'bodies have a limit',
    async run(target) {
      const long = changed({ window: { text: 'x'.repeat(5 * 1024 * 1024) } });
      refused(target, await target.call('PATCH', '/api/settings', long), 413, 'too-large');
    },
  },
  {
    name: 'without a capture there is no job',
    async run(target) {
      refused(target, await target.call('GET', '/api/job'), 404, 'no-job');
      refused(target, await target.call('POST', '/api/job/finish'), 404, 'no-job');
      const header = JSON.stringify({ metadata: {}, tensors: [] });
      refused(target, await target.call('POST', '/api/job/begin', put(header)), 404, 'no-job');
    },
  },
  {
    name: 'a host without dialogs says so',
    async run(target) {
      const { capabilities } = ok(AppStateSchema, await target.call('GET', '/api/state'));
      if (!capabilities.pickFolder)
        refused(target, await target.call('POST', '/api/models/pick'), 501, 'no-dialog');
    },
  },
  {
    name: 'an opened model can be forgotten',
    async run(target) {
      const { id } = await startModel(target);
      assert.equal((await target.call('DELETE', `/api/models/${id}`)).status, 204);
      refused(target, await target.call('GET', `/api/models/${id}`), 404, 'not-found');
      const models = ok(v.array(ModelSummarySchema), await target.call('GET', '/api/models'));
      assert.ok(!models.some((model) => model.id === id));
    },
  },
];

/** The body that changes settings. */
function changed(after: unknown) {
  return put(JSON.stringify({ before: {}, after }));
}
