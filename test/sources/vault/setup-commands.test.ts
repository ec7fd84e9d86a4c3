import { expect, it } from 'vitest';
import { setupCommands, type DeviceGiven } from '../../../src/sources/vault/setup-commands.ts';

it.each<[Omit<DeviceGiven, 'name' | 'hasToken'>, boolean, string]>([
  [
    { file: '/var/log/vault/audit.log' },
    false,
    'vault audit enable -path=dev file file_path=/var/log/vault/audit.log mode=0640',
  ],
  [
    { listen: 'tcp://127.0.0.1:9190' },
    false,
    'vault audit enable -path=dev socket address=127.0.0.1:9190 socket_type=tcp',
  ],
  [
    { listen: 'unix:///run/w/v.sock' },
    false,
    'vault audit enable -path=dev socket address=/run/w/v.sock socket_type=unix',
  ],
  [
    { listen: 'https://whosaw:8443' },
    true,
    `bao audit enable -path=dev http uri=https://whosaw:8443/v1/ingest/dev headers="{\\"Authorization\\":[\\"Bearer $WHOSAW_TOKEN\\"]}"`,
  ],
])('says how the device of %j is enabled', (given, hasToken, command) => {
  expect(setupCommands({ name: 'dev', hasToken, ...given })[1]).toBe(command);
});
