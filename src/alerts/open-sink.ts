import type { Sink } from '../core/ports.ts';
import { file } from './file.ts';
import { readAddress, readSecret } from './read-secret.ts';
import type { SinkConfig } from './sink-config.ts';
import { slack } from './slack.ts';
import { terminal, type TerminalSink } from './terminal.ts';
import { webhook } from './webhook.ts';

export interface SinkSurroundings {
  /** Where terminal sinks write. */
  readonly write: (text: string) => void;
  readonly colours: boolean;
  readonly clock: () => number;
}

/** Throws CONFIG_INVALID where a secret of it is not there. */
export async function openSink(
  name: string,
  config: SinkConfig,
  { write, colours, clock }: SinkSurroundings,
): Promise<Sink | TerminalSink> {
  switch (config.type) {
    case 'terminal':
      return terminal({ name, zone: config.zone, colours, write, clock });
    case 'file':
      return file({ name, path: config.path });
    case 'webhook': {
      const address = await readAddress(config.url, `sinks.${name}.url`);
      const secret = config.secret === undefined ? undefined : await readSecret(config.secret, `sinks.${name}.secret`);
      return webhook({ name, address, secret, clock });
    }
    case 'slack':
      return slack({ name, webhook: await readAddress(config.webhook, `sinks.${name}.webhook`), zone: config.zone });
  }
}
