import type { Draft, DraftRole, DraftTeam } from './draft.ts';
import type { Observed, ObservedActor } from './observed.ts';

/** expectations.yaml, each line with its evidence behind it. Texts of the log stand in quotes, never in comments. */
export function printDraft(draft: Draft, { days, events }: Observed): string {
  const sections = [
    head(days, events),
    section(
      'environments',
      '  # first match wins; guessed from the words in the ids of secrets',
      draft.environments.flatMap(({ name, patterns }) => [
        `  ${name}:`,
        ...patterns.map(({ pattern, secrets }) => line(`    - ${quote(pattern)}`, counted(secrets, 'secret'))),
      ]),
    ),
    section(
      'networks',
      '',
      draft.networks.map(({ name, cidrs, identities }) =>
        line(`  ${name}: [${cidrs.map(quote).join(', ')}]`, counted(identities, 'identity', 'identities')),
      ),
    ),
    section(
      'windows',
      '  # hours that were seen, with an hour before and after',
      draft.windows.map(({ name, cron, lasts, days: seen }) =>
        line(`  ${name}: { cron: ${quote(cron)}, lasts: ${lasts}, zone: Etc/UTC }`, `on ${counted(seen, 'day')}`),
      ),
    ),
    section('teams', '', draft.teams.flatMap(printTeam)),
    section(
      'people',
      '  # called alike: make sure that they are one person',
      draft.people.map(({ id, aliases }) => `  ${quote(id)}: [${aliases.map(quote).join(', ')}]`),
    ),
    everyone(draft),
  ];
  return sections.filter((text) => text !== '').join('\n');
}

function head(days: readonly string[], events: number): string {
  const [first] = days;
  const span = first === undefined ? '' : `, ${first} to ${days.at(-1) ?? first} (UTC)`;
  return [
    `# Drafted from ${counted(events, 'event')} of ${counted(days.length, 'day')}${span}.`,
    '# What was seen is not what is right: review each line, and give the teams their real names.',
    '',
  ].join('\n');
}

function section(name: string, remark: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${name}:${remark}\n${lines.join('\n')}\n`;
}

function printTeam({ name, networks, roles }: DraftTeam): readonly string[] {
  return [
    `  ${name}:`,
    ...(networks.length === 0 ? [] : [`    networks: [${networks.join(', ')}]`]),
    '    roles:',
    ...roles.flatMap(printRole),
  ];
}

function printRole({ name, members, environments, windows }: DraftRole): readonly string[] {
  return [
    `      ${name}:`,
    '        members:',
    ...members.map((actor) => line(`          - ${quote(actor.id)}`, evidence(actor))),
    ...(environments.length === 0 ? [] : [`        environments: [${environments.join(', ')}]`]),
    ...(windows.length === 0 ? [] : [`        windows: [${windows.join(', ')}]`]),
  ];
}

function evidence({ accesses, quarters, environments }: ObservedActor): string {
  const reads = [...environments.keys()]
    .toSorted()
    .map((name) => `${counted(environments.get(name) ?? 0, 'read')} in ${name}`);
  return [`${counted(accesses, 'access', 'accesses')} on ${counted(quarters.size, 'day')}`, ...reads].join(', ');
}

function everyone({ networks }: Draft): string {
  if (networks.length === 0) return '';
  return `everyone: { networks: [${networks.map(({ name }) => name).join(', ')}] }   # identities that no team claims\n`;
}

function counted(number: number, noun: string, nouns = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : nouns}`;
}

function line(text: string, comment: string): string {
  return `${text.padEnd(COMMENT_COLUMN)}   # ${comment}`;
}

const COMMENT_COLUMN = 60;

/** Whatever is in an id: one line of YAML, and the same text when it is read. */
function quote(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes("'")) return `'${text}'`;
  return JSON.stringify(text).replaceAll(/[\u0080-\u{10ffff}]/gu, (letter) => escapeLetter(letter));
}

function escapeLetter(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  return code > 0xff_ff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
