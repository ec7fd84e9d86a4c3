import { z } from 'zod';
import { parseCidr } from '../lib/cidr.ts';
import { parseDuration } from '../lib/duration.ts';
import { openZone } from '../lib/zone.ts';
import { parseCron } from './cron-window.ts';

/** A text that `parse` can read; otherwise the message says what it should be. */
function text<T>(parse: (text: string) => T | undefined, message: string) {
  return z.string().transform((value, context): T => {
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: `"${value}" ${message}`, input: value });
    return z.NEVER;
  });
}

function listOf<T extends z.ZodType>(item: T) {
  return z.array(item).min(1);
}

const cidr = text(parseCidr, 'is no network: write 10.0.0.0/16, 2001:db8:1::/48 or one address');

const zone = text(openZone, 'is no time zone: write one as Europe/Berlin or Etc/UTC');

const lasts = text((value) => {
  const ms = parseDuration(value);
  return ms === undefined || ms === 0 || ms > LASTS_LIMIT_MS ? undefined : ms;
}, 'is no length of time up to 31d: write one as 45m or 1h30m');

const LASTS_LIMIT_MS = 31 * 86_400_000;

const cron = z.string().transform((value, context) => {
  const parsed = parseCron(value);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: parsed.error, input: value });
  return z.NEVER;
});

const STORES = ['vault:', 'aws:', 'azure:'];
const ACTORS = ['person:', ...STORES];

/** A pattern over ids, which all begin with one of these words. */
function pattern(beginnings: readonly string[], noun: string) {
  return text(
    (value) =>
      value.startsWith('*') || beginnings.some((word) => value.startsWith(word)) ? inIdCase(value) : undefined,
    `covers no ${noun}: their ids begin with ${beginnings.join(', ')}; begin the pattern with one of them, or with **/`,
  );
}

const secretPattern = pattern(STORES, 'secret');

const actorPattern = pattern(ACTORS, 'identity');

const alias = text(
  (value) => (!value.includes('*') && ACTORS.some((word) => value.startsWith(word)) ? inIdCase(value) : undefined),
  `is no identity: write its whole id, which begins with ${ACTORS.join(', ')}`,
);

/** Email addresses are in lower case in ids. */
export function inIdCase(id: string): string {
  return id.startsWith('person:') ? id.toLowerCase() : id;
}

const role = z.strictObject({
  members: listOf(actorPattern).describe('Patterns over identities: who has this role.'),
  environments: listOf(z.string())
    .optional()
    .describe('What the role may touch. Several roles of one identity add up.'),
  windows: listOf(z.string()).optional().describe('When the role works: at any other time a read is not expected.'),
});

const team = z.strictObject({
  networks: listOf(z.string()).optional().describe('Where its members are expected to come from.'),
  roles: z.record(z.string(), role).optional(),
});

export const windowSchema = z.strictObject({
  cron: cron.optional().describe('Wall-clock time of the zone at which it opens.'),
  lasts: lasts.optional().describe('In real minutes.'),
  zone: zone.optional().describe('IANA time zone. With ical: that of times without one.'),
  ical: z.string().min(1).optional().describe('An iCalendar file, relative to this one.'),
});

export const listSchema = z.strictObject({
  file: z.string().min(1).describe('Relative to this one; what stands behind # is a comment.'),
});

/** expectations.yaml: the one place that says what may stand in it. */
export const expectationsSchema = z.strictObject({
  environments: z
    .record(z.string(), listOf(secretPattern))
    .optional()
    .describe('Patterns over secrets; the first that matches gives the environment.'),
  secrets: z
    .array(
      z.strictObject({
        match: secretPattern,
        owner: z.string().min(1).max(100).optional(),
        criticality: z.enum(['low', 'medium', 'high', 'critical']).optional(),
        canary: z.boolean().optional().describe('Bait: nobody has a reason to touch it.'),
      }),
    )
    .optional()
    .describe('Every entry that matches applies; later ones win.'),
  networks: z.record(z.string(), listOf(cidr)).optional(),
  suspicious: z
    .record(z.string(), listSchema)
    .optional()
    .describe('Lists of suspicious addresses, as exits of Tor: a file of addresses and networks, one a line.'),
  windows: z.record(z.string(), windowSchema).optional(),
  teams: z.record(z.string(), team).optional(),
  people: z
    .record(z.string(), listOf(alias))
    .optional()
    .describe('One person under several names: person:<email> -> identities.'),
  everyone: z
    .strictObject({ networks: listOf(z.string()) })
    .optional()
    .describe('Where identities that no team claims are expected to come from.'),
  placeholders: z
    .record(
      z.string().regex(/^\w{1,64}$/, 'a placeholder is named by letters, digits and _'),
      z.array(z.union([z.string().min(1), z.number().transform(String)])),
    )
    .optional()
    .describe('What stands for %name% in rules, under the modifier expand; wildcards are active.'),
});

export type ExpectationsConfig = z.infer<typeof expectationsSchema>;
export type WindowConfig = z.infer<typeof windowSchema>;
