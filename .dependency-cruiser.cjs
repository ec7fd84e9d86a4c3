/** Imports point one way; see docs/decisions/import-directions.md. */
const PURE = '^src/(core|enrich|rules|detect|learn|lib|query)/';
const layer = (name, from, notTo) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: notTo },
});
const MIDDLE = ['sources', 'enrich', 'rules', 'detect', 'stores', 'bus', 'alerts', 'respond', 'learn'];
/** A folder of the middle layer may import itself, core, lib and query, and what is listed here. */
const ALLOWED = { detect: ['rules'] };

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    layer('core-imports-nothing-of-the-rest', '^src/core/', '^src/(?!core/)'),
    layer('lib-imports-core-only', '^src/lib/', '^src/(?!core/|lib/)'),
    layer('query-imports-core-and-lib-only', '^src/query/', '^src/(?!core/|lib/|query/)'),
    ...MIDDLE.map((folder) =>
      layer(
        `${folder}-stays-in-its-layer`,
        `^src/${folder}/`,
        `^src/(?!core/|lib/|query/|${folder}/${(ALLOWED[folder] ?? []).map((name) => `|${name}/`).join('')})`,
      ),
    ),
    layer('pipeline-below-server-and-cli', '^src/pipeline/', '^src/(server|console|cli)/'),
    layer(
      'vendors-do-not-import-each-other',
      '^src/sources/(vault|aws|azure)/',
      '^src/sources/(?!$1/)(vault|aws|azure)/',
    ),
    layer('stores-do-not-import-each-other', '^src/stores/([^/]+)/', '^src/stores/(?!$1/)[^/]+/'),
    {
      name: 'pure-code-imports-no-effect',
      severity: 'error',
      from: { path: PURE, pathNot: '\\.effect\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|net|buffer|util|string_decoder)$' },
    },
    { name: 'no-missing', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'sources-never-import-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node'],
    },
  },
};
