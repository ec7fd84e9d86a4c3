import type { Observation } from '../core/event.ts';
import type { SourceType } from '../core/record.ts';
import type { LogSource } from '../core/rule.ts';

/** A stream of audit records that a logsource can name. */
export interface Channel {
  readonly product: string;
  readonly service: string;
  readonly type: SourceType;
}

export const VAULT: Channel = { product: 'vault', service: 'audit', type: 'vault' };

/** In the order of their numbers. */
export const CHANNELS: readonly Channel[] = [
  VAULT,
  { product: 'aws', service: 'cloudtrail', type: 'cloudtrail' },
  { product: 'azure', service: 'keyvault', type: 'keyvault' },
  { product: 'azure', service: 'activitylogs', type: 'keyvault' },
];

/** `event.dataset` of what comes by it. */
export function datasetOf({ product, service }: Channel): string {
  return `${product}.${service}`;
}

/** Every event that names a secret. */
const SECRET_ACCESS = 'secret_access';

/** Numbers of the channels that a logsource means: all without one, none for what nothing here collects. */
export function channelsOf({ category, product, service }: LogSource): readonly number[] {
  if (category !== undefined && category.toLowerCase() !== SECRET_ACCESS) return [];
  return Array.from(CHANNELS.keys()).filter((channel) => {
    const known = CHANNELS[channel];
    return matches(product, known?.product) && matches(service, known?.service);
  });
}

/** The logsource means only events that name a secret. */
export function needsSecret({ category }: LogSource): boolean {
  return category?.toLowerCase() === SECRET_ACCESS;
}

/** Number of the channel that an event came by. Azure's Activity Log is told apart by `event.dataset`. */
export function channelOf({ type, event }: Observation): number {
  switch (type) {
    case 'vault':
      return 0;
    case 'cloudtrail':
      return 1;
    case 'keyvault':
      return event.event.dataset === ACTIVITY_LOGS ? 3 : 2;
  }
}

const ACTIVITY_LOGS = 'azure.activitylogs';

function matches(wanted: string | undefined, known: string | undefined): boolean {
  return wanted === undefined || wanted.toLowerCase() === known;
}
