import { expect, test } from 'vitest';
import { run } from '../../../src/main/launch/run.mjs';

const node = (script: string, seconds = 20) => run(process.execPath, ['-e', script], { seconds });

test('status and output of a program', async () => {
  expect(await node('console.log("out"); console.error("err")')).toMatchObject({ ok: true });
  const failed = await node('console.error("broken"); process.exit(3)');
  expect(failed.ok).toBe(false);
  expect(failed.output).toContain('broken');
});

test('only the end of a long output is kept', async () => {
  const { output } = await node('console.log("x".repeat(100000) + "end")');
  expect(output.trim().endsWith('xend')).toBe(true);
  expect(output.length).toBeLessThanOrEqual(4000);
});

test('a program that is not there has failed', async () => {
  const { ok, output } = await run('/nowhere/program', [], { seconds: 20 });
  expect(ok).toBe(false);
  expect(output).toContain('ENOENT');
});

test('a program is stopped at its time limit, also when its child holds the output open', async () => {
  const hanging =
    'require("child_process").spawn(process.execPath,["-e","setTimeout(()=>{},8000)"],{stdio:"inherit"})';
  const started = performance.now();
  const { ok, output } = await node(hanging, 1);
  expect(ok).toBe(false);
  expect(output).toContain('stopped after 1 s');
  expect(performance.now() - started).toBeLessThan(7000);
});
