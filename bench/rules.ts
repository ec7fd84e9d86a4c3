import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
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
    source.ip|cidr: [10.${number}.0.0/16, 'fd00::/8']
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

function head(number: number): string {
  return `id: ${randomUUID()}\nstatus: test\nlevel: ${number % 2 === 0 ? 'low' : 'medium'}`;
}
