/** The rules between folders (docs/ARCHITECTURE.md). A broken rule fails `npm test`. */
const rule = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

module.exports = {
  forbidden: [
    rule('no-cycles', 'No cycles between modules.', {}, { circular: true }),
    rule(
      'common-is-pure',
      'What both hosts and the window share knows none of them.',
      { path: '^src/common/' },
      {
        path: '^src/(main|renderer)/|^node:|node_modules/(svelte|three|electron|hono)/',
        dependencyTypesNot: ['type-only'],
      },
    ),
    rule(
      'common-types-are-pure',
      'Nor do its types.',
      { path: '^src/common/' },
      { path: '^src/(main|renderer)/' },
    ),
    rule(
      'api-knows-no-host',
      'The fetch handler runs in any host.',
      { path: '^src/main/api/' },
      {
        path: ['electron', '@hono/node-server', '^src/main/(index|preload|cli)'],
      },
    ),
    rule(
      'one-electron-importer',
      'Only the composition and the preload import electron.',
      { pathNot: '^src/main/(index|preload)\\.ts$', path: '^src/' },
      {
        path: 'node_modules/electron/',
        dependencyTypesNot: ['type-only'],
      },
    ),
    rule(
      'renderer-takes-types-only',
      'The renderer shares types with the host, not code.',
      { path: '^src/renderer/' },
      {
        path: '^src/main/',
        dependencyTypesNot: ['type-only'],
      },
    ),
    rule(
      'main-knows-no-renderer',
      'The host serves files; what it knows of models stands in common.',
      { path: '^src/main/' },
      { path: '^src/renderer/' },
    ),
    rule(
      'gpu-knows-no-ui',
      'Compute imports neither svelte nor three.',
      { path: '^src/renderer/(gpu|kernels|models|families|runs|analysis|text)/' },
      {
        path: ['node_modules/(svelte|three)/', '^src/renderer/(ui|views|scene|state)/'],
      },
    ),
    rule(
      'gpu-knows-no-models',
      'The GPU layer knows WebGPU and nothing of models.',
      { path: '^src/renderer/gpu/' },
      {
        path: '^src/renderer/(kernels|models|families|runs|analysis|text)/',
      },
    ),
    rule(
      'kernels-know-no-models',
      'Models import kernels, never the other way round.',
      { path: '^src/renderer/kernels/' },
      {
        path: '^src/renderer/(models|families|runs|analysis|text)/',
      },
    ),
    rule(
      'runs-know-no-models',
      'A run is what any model gives; analyses ask runs.',
      { path: '^src/renderer/(runs|analysis)/' },
      { path: '^src/renderer/(models|families|text)/' },
    ),
    rule(
      'views-are-alone',
      'A view imports no other view; what views have in common stands in renderer/common.',
      { path: '^src/renderer/views/([^/]+)/' },
      {
        path: '^src/renderer/views/[^/]+/',
        pathNot: '^src/renderer/views/$1/',
      },
    ),
    rule(
      'views-know-no-window',
      'Views, and what they share, are given what belongs to a window (`ViewContext`): they run without one.',
      { path: '^src/renderer/(views|common|drawing|scene|analysis)/' },
      { path: '^src/renderer/(state|ui|job)/', dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'one-three-importer',
      'Only the scene imports three.',
      { path: '^src/', pathNot: '^src/renderer/scene/' },
      {
        path: 'node_modules/three/',
      },
    ),
    rule(
      'no-orphan-tests-in-src',
      'The app imports nothing from the tests.',
      { path: '^src/' },
      { path: '^test/' },
    ),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\?(raw|worker|url)$' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'svelte', 'node', 'types'],
    },
  },
};
