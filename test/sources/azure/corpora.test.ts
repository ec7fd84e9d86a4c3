import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { accessKindOf } from '../../../src/sources/azure/access.ts';
import { keyvault } from '../../../src/sources/azure/keyvault.ts';
import { describeCorpora } from '../../corpora.ts';
import { takeAll } from '../golden.ts';

describeCorpora('real Key Vault logs', (folder) => {
  const take = (file: string) => takeAll(keyvault, readFileSync(`${folder}/azure/${file}`), file);

  it('all 21 audit events become events', () => {
    const { observations, rejections } = take('keyvault-auditevents.jsonl');
    expect(rejections).toEqual([]);
    expect(observations).toHaveLength(21);
    expect(new Set(observations.map(({ event }) => event.event.id)).size).toBe(21);
    expect(new Set(observations.map(({ event }) => event.whosaw.actor?.id))).toEqual(
      new Set(['person:john.doe@dummy.onmicrosoft.com']),
    );
    const failed = observations
      .filter(({ event }) => event.event.outcome === 'failure')
      .map(({ event }) => event.event);
    expect(failed.map(({ action, reason }) => `${action}: ${reason}`)).toEqual([
      'CertificateImport: Bad Request',
      'KeyGet: Not Found',
      'KeyPurge: no keys purge permission',
      'SecretGet: Not Found',
      'SecretPurge: no secrets purge permission',
      'SecretRestore: Conflict',
    ]);
  });

  it('events of objects name them, lists and vaults do not', () => {
    const { observations } = take('keyvault-auditevents.jsonl');
    const unnamed = observations.filter(({ event }) => event.whosaw.secret === undefined);
    expect(unnamed.map(({ event }) => event.event.action).join(' ')).toBe(
      'KeyList KeyListDeleted SecretList SecretListDeleted VaultGet VaultPatch',
    );
    const backup = observations.find(({ event }) => event.event.action === 'SecretBackup')?.event;
    expect(backup?.whosaw).toMatchObject({
      access: { kind: 'read' },
      secret: { id: 'azure:testpermissionvault/secrets/keykey', name: 'keykey', store: 'azure', kind: 'secret' },
    });
  });

  it('the sample envelope of the documentation is one event', () => {
    const { observations, rejections } = take('storage-blob-sample.json');
    expect(rejections).toEqual([]);
    expect(observations.map(({ event }) => [event.event.action, event.whosaw.actor?.id, event.event.duration])).toEqual(
      [['VaultGet', 'person:username@outlook.com', 78_000_000]],
    );
  });

  it('every documented operation is known', () => {
    const names = JSON.parse(readFileSync(`${folder}/azure/operation-names.json`, 'utf8')) as string[];
    expect(names).toHaveLength(78);
    const others = names.filter((name) => accessKindOf(name) === undefined);
    expect(others[0]).toBe('Authentication');
    expect(others.slice(1).every((name) => /^(?:Key|Secret|Certificate)(?:NearExpiry|Expired)Event/.test(name))).toBe(
      true,
    );
    expect(others).toHaveLength(7);
  });
});
