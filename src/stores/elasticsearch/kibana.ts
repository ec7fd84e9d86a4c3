import { id128 } from '../../lib/hash.ts';

interface SavedObject {
  readonly id: string;
  readonly type: 'index-pattern' | 'search' | 'dashboard';
  readonly attributes: object;
  readonly references: readonly { readonly id: string; readonly name: string; readonly type: string }[];
}

interface Search {
  readonly title: string;
  readonly description: string;
  readonly view: 'events' | 'alerts';
  /** KQL: the same that `whosaw search` takes. */
  readonly query: string;
  readonly columns: readonly string[];
}

const WHO = ['whosaw.actor.id', 'whosaw.secret.id', 'event.action', 'event.outcome', 'source.address'];
const SEARCHES: readonly Search[] = [
  {
    title: 'Secrets that were read',
    description: 'Reads that gave a secret away.',
    view: 'events',
    query: 'whosaw.access.kind: read and event.outcome: success',
    columns: WHO,
  },
  {
    title: 'Refused',
    description: 'What was denied or failed, and why.',
    view: 'events',
    query: 'event.outcome: failure',
    columns: [...WHO, 'event.reason'],
  },
  {
    title: 'Not as declared',
    description: 'From another network, with another role or at another time than the expectations say.',
    view: 'events',
    query: 'whosaw.expected.network: false or whosaw.expected.role: false or whosaw.expected.schedule: false',
    columns: [...WHO, 'whosaw.expected.network', 'whosaw.expected.role', 'whosaw.expected.schedule'],
  },
  {
    title: 'Changes and administration',
    description: 'What was written, deleted or administered.',
    view: 'events',
    query: 'whosaw.access.kind: (write or delete or admin or audit)',
    columns: [...WHO, 'whosaw.access.kind'],
  },
  {
    title: 'Alerts',
    description: 'Alerts of whosaw, without those that a later one replaced.',
    view: 'alerts',
    query: 'not superseded_by: *',
    columns: ['level', 'title', 'why', 'count'],
  },
];

/** Saved objects as Kibana's import takes them, one a line: data views, searches, and a dashboard of them. */
export function kibanaObjects(prefix: string): string {
  const idOf = (name: string): string => uuid(id128('kibana', prefix, name));
  const objects = [
    ...(['events', 'alerts'] as const).map((view) => dataView(idOf(view), prefix, view)),
    ...SEARCHES.map((search) => savedSearch(idOf(search.title), idOf(search.view), search)),
    dashboard(
      idOf('dashboard'),
      prefix,
      SEARCHES.map(({ title }) => idOf(title)),
    ),
  ];
  return objects.map((object) => `${JSON.stringify({ ...object, managed: false })}\n`).join('');
}

function dataView(id: string, prefix: string, view: Search['view']): SavedObject {
  const title = view === 'events' ? `${prefix}-events-*` : `${prefix}-alerts`;
  return {
    id,
    type: 'index-pattern',
    attributes: { title, name: `${prefix} ${view}`, timeFieldName: '@timestamp' },
    references: [],
  };
}

function savedSearch(id: string, dataViewId: string, { title, description, query, columns }: Search): SavedObject {
  const name = 'kibanaSavedObjectMeta.searchSourceJSON.index';
  const source = { query: { query, language: 'kuery' }, filter: [], indexRefName: name };
  return {
    id,
    type: 'search',
    attributes: {
      title: `whosaw: ${title}`,
      description,
      columns,
      sort: [['@timestamp', 'desc']],
      kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify(source) },
    },
    references: [{ id: dataViewId, name, type: 'index-pattern' }],
  };
}

/** Two searches beside each other. */
function dashboard(id: string, prefix: string, searches: readonly string[]): SavedObject {
  const panels = searches.map((_, index) => ({
    type: 'search',
    panelIndex: String(index),
    gridData: { i: String(index), x: (index % 2) * WIDTH, y: Math.floor(index / 2) * HEIGHT, w: WIDTH, h: HEIGHT },
    panelRefName: `panel_${index}`,
    embeddableConfig: {},
  }));
  return {
    id,
    type: 'dashboard',
    attributes: {
      title: 'whosaw: who saw that secret?',
      description: `Accesses and alerts of ${prefix}.`,
      panelsJSON: JSON.stringify(panels),
      optionsJSON: JSON.stringify({ useMargins: true, hidePanelTitles: false }),
      timeRestore: true,
      timeFrom: 'now-24h',
      timeTo: 'now',
      kibanaSavedObjectMeta: {
        searchSourceJSON: JSON.stringify({ query: { query: '', language: 'kuery' }, filter: [] }),
      },
    },
    references: searches.map((search, index) => ({ id: search, name: `${index}:panel_${index}`, type: 'search' })),
  };
}

function uuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const WIDTH = 24;
const HEIGHT = 15;
