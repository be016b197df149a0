import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { serve, type LoopbackHost } from '../../../src/main/serve.ts';
import { must } from '../../helpers/must.ts';
import { useLink } from '../../helpers/session.ts';
import { contractCases } from './contract-cases.ts';
import { writeContractModel, type Target } from './contract-target.ts';
import { replyOf, testApi } from './test-host.ts';

/** All cases, in order, on one host. */
function contract(
  name: string,
  open: (root: string, folder: string) => Promise<Target>,
  close?: () => Promise<void>,
) {
  describe(name, () => {
    let root = '';
    let target: Target | null = null;
    beforeAll(async () => {
      root = realpathSync(mkdtempSync(join(tmpdir(), 'headgate-test-')));
      target = await open(root, writeContractModel(root));
    });
    afterAll(async () => {
      await close?.();
      rmSync(root, { recursive: true, force: true });
    });
    for (const { name: title, run } of contractCases) test(title, () => run(must(target)));
  });
}

contract('the contract, on the handler itself', async (root, folder) => {
  const api = await testApi(root, folder);
  return {
    folder,
    async call(method, path, { headers = {}, body } = {}) {
      const request = new Request(`app://headgate${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      return replyOf(await api(request));
    },
  };
});

let host: LoopbackHost | null = null;
contract(
  'the contract, over loopback',
  async (root, folder) => {
    const loopback = await serve({ api: await testApi(root, folder), port: 0 });
    host = loopback;
    const session = await useLink(loopback.invite(60));
    return {
      folder,
      async call(method, path, { headers = {}, body } = {}) {
        const sent = { ...headers, ...session.headers, Origin: loopback.origin };
        return replyOf(
          await fetch(loopback.origin + path, {
            method,
            headers: sent,
            ...(body === undefined ? {} : { body }),
          }),
        );
      },
    };
  },
  async () => host?.close(),
);
