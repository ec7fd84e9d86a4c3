import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { readTarGz } from '../test/rules/tar.ts';
import { BUILTIN, loadRules } from '../src/pipeline/load-stages.ts';

export const RULES = 50;

/** Secrets that the benchmark reads to see when the alert comes. */
export const MARK = 'bench/mark-';

/** A folder of rules that together with the shipped pack make 50 detections, one of which meets every marked read. */
export async function writeRules(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { detections } = await loadRules([BUILTIN]);
  writeFileSync(join(folder, 'mark.yml'), MARK_RULE);
  for (let number = 1; detections.length + number < RULES; number++) {
    const make = VARIANTS[number % VARIANTS.length];
    if (make !== undefined) writeFileSync(join(folder, `variant-${number}.yml`), make(number));
  }
}

/** A folder of so many detections in one logsource. */
export function writeDetections(folder: string, count: number): void {
  mkdirSync(folder, { recursive: true });
  for (let number = 0; number < count; number++) {
    const make = SECRET_ACCESS[number % SECRET_ACCESS.length];
    if (make !== undefined) writeFileSync(join(folder, `rule-${number}.yml`), make(number));
  }
}

/** A folder of SigmaHQ's rules, as far as nothing has to be declared for them. */
export async function writeSigmaRules(folder: string, archive: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of readTarGz(readFileSync(archive))) {
    if (!/\/rules[^/]*\/.*\.yml$/.test(name)) continue;
    writeFileSync(join(folder, name.replaceAll('/', '-')), text);
  }
  const { problems } = await loadRules([folder]);
  for (const { file, severity } of problems) if (severity === 'error') rmSync(file, { force: true });
}

const MARK_RULE = `
title: Marked secret read
id: ${randomUUID()}
status: test
level: low
logsource: { category: secret_access }
detection:
  mark:
    whosaw.access.kind: read
    whosaw.secret.id|contains: /${MARK}
  condition: mark
`;

/** What rules usually ask; few events meet them. */
const VARIANTS: readonly ((number: number) => string)[] = [
  (number) => `
title: Read of service ${number}'s password from outside
${head(number)}
logsource: { category: secret_access }
detection:
  read:
    whosaw.access.kind: read
    whosaw.secret.id|endswith: /service-${number}/db
  inside:
    source.ip|cidr: [10.${number % 256}.0.0/16, 'fd00::/8']
  condition: read and not inside
`,
  (number) => `
title: Policy ${number} changed
${head(number)}
logsource: { product: vault, service: audit }
detection:
  write:
    event.action: [create, update, delete]
    url.path|startswith: sys/policies/acl/team-${number}
  condition: write
`,
  (number) => `
title: Unusual call ${number}
${head(number)}
logsource: { product: aws, service: cloudtrail }
detection:
  call:
    eventSource: service${number}.amazonaws.com
    eventName: [CreateAccessKey${number}, UpdateLoginProfile${number}, AttachUserPolicy${number}]
  known:
    userIdentity.arn|contains: ':role/automation-${number}'
  condition: call and not known
`,
  (number) => `
title: Old client ${number}
${head(number)}
logsource: { category: secret_access }
detection:
  client:
    user_agent.original|re: '^legacy-client/${number}\\.'
  condition: client
`,
  (number) => `
title: Refused read by ${number}
name: refused_${number}
logsource: { category: secret_access }
detection:
  refused:
    event.outcome: failure
    whosaw.actor.id|endswith: /service-${number}
  condition: refused
---
title: Service ${number} is refused again and again
${head(number)}
correlation:
  type: event_count
  rules: [refused_${number}]
  group-by: [whosaw.actor.id]
  timespan: 10m
  condition: { gte: 5 }
`,
];

const SECRET_ACCESS = VARIANTS.filter((make) => make(0).includes('category: secret_access'));

function head(number: number): string {
  return `id: ${randomUUID()}\nstatus: test\nlevel: ${number % 2 === 0 ? 'low' : 'medium'}`;
}
