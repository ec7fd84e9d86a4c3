import { escapeText } from '../lib/escape.ts';
import type { Counted, Difference } from './difference.ts';

/** Lines of one kind that are shown; all are counted. */
const SHOWN = 20;

/** What people add to expectations.yaml, or look into. */
export function printDifference(difference: Difference): string {
  const { events, identities, secrets, networks, roles, windows } = difference;
  const sections = [
    section('identities in no team', identities),
    section('secrets in no environment', secrets),
    section('networks that no team declares', networks, 'of'),
    section('environments beyond the roles', roles, 'read by'),
    section('identities outside their change windows', windows),
  ].filter((text) => text !== '');
  const head = `${events.toLocaleString('en-US')} events`;
  if (sections.length === 0) return `${head}: all of it is as the expectations say.\n`;
  return `${head}: this was there, though the expectations do not declare it.\n\n${sections.join('\n\n')}\n`;
}

function section(title: string, rows: readonly (Counted & { readonly by?: string })[], relation = ''): string {
  if (rows.length === 0) return '';
  const lines = rows.slice(0, SHOWN).map(({ what, by, count }) => {
    const whose = by === undefined ? '' : ` ${relation} ${by}`;
    return `  ${String(count).padStart(8)}  ${escapeText(`${what}${whose}`)}`;
  });
  const rest = rows.length > SHOWN ? [`  … and ${rows.length - SHOWN} more`] : [];
  return [`${title}: ${rows.length}`, ...lines, ...rest].join('\n');
}
