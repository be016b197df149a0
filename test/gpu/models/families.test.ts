import { expect, test } from 'vitest';
import { CAPTURE_TYPE } from '../../../src/common/configs/capture.ts';
import { familySpecs } from '../../../src/common/configs/registry.ts';
import { families, findFamily } from '../../../src/renderer/families/registry.ts';

/** Configs of the fixtures and of the bundled models, by their paths. */
const configs = import.meta.glob<{ readonly model_type?: string }>(
  ['../../fixtures/**/config.json', '../../../assets/models/*/config.json'],
  { eager: true, import: 'default' },
);
const tested = new Set(Object.values(configs).map(({ model_type: type }) => type));
// A captured run has no config.json: capture.test.ts opens one.
tested.add(CAPTURE_TYPE);

test('every family config has a loader, and no model type has two', () => {
  const types = familySpecs.flatMap(({ modelTypes }) => modelTypes);
  expect(types.length).toBeGreaterThan(20);
  expect(new Set(types).size).toBe(types.length);
  for (const type of types)
    expect(findFamily({ name: 'm', modelType: type }).spec.modelTypes).toContain(type);
  expect(new Set(families.map(({ spec }) => spec))).toEqual(new Set(familySpecs));
});

test.each(familySpecs.map((spec) => [spec.name, spec] as const))('%s has a fixture', (_, { modelTypes }) => {
  expect(modelTypes.filter((type) => tested.has(type))).not.toEqual([]);
});
