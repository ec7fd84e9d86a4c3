import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CloudTrail } from './generator/cloudtrail.ts';
import { incident } from './generator/incident.ts';
import { KeyVaultLog } from './generator/key-vault.ts';
import { quietWeek } from './generator/quiet-week.ts';
import { Random } from './generator/random.ts';
import { VaultLog } from './generator/vault.ts';

/** Path below samples/, without .gz -> text. The same in every run. */
export function generateSamples(): ReadonlyMap<string, string> {
  const vault = new VaultLog(new Random(1));
  const cloudtrail = new CloudTrail(new Random(2));
  const keyVault = new KeyVaultLog(new Random(3));
  const streams = { vault, cloudtrail, keyVault, random: new Random(4) };
  quietWeek(streams);
  incident(streams);
  return new Map([
    ['vault-audit.jsonl', vault.text()],
    ['key-vault.json', keyVault.text()],
    ...[...cloudtrail.files()].map(([path, text]) => [`cloudtrail/${path}`, text] as const),
  ]);
}

/** `node samples/generate.ts` writes the files beside itself. */
if (import.meta.main) {
  rmSync(join(import.meta.dirname, 'cloudtrail'), { recursive: true, force: true });
  for (const [path, text] of generateSamples()) {
    const file = join(import.meta.dirname, `${path}.gz`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, gzipSync(text, { level: 9 }));
  }
}
