import type { AwsIdentity, CloudTrail } from './cloudtrail.ts';
import { AWS, AZURE, VAULT } from './identities.ts';
import type { AzureIdentity, KeyVaultLog } from './key-vault.ts';
import type { Random } from './random.ts';
import { DAY, days, END, every, HOUR, MINUTE, SECOND, START, workingHours } from './time.ts';
import type { VaultIdentity, VaultLog } from './vault.ts';

export interface Streams {
  readonly vault: VaultLog;
  readonly cloudtrail: CloudTrail;
  readonly keyVault: KeyVaultLog;
  readonly random: Random;
}

/** What goes on all the time, on the incident day too. No shipped rule has anything to say about it. */
export function quietWeek(streams: Streams): void {
  vaultServices(streams);
  vaultPeople(streams);
  awsServices(streams);
  awsPeople(streams);
  azureServices(streams);
  azurePeople(streams);
  deployments(streams);
  honestMistakes(streams);
}

function vaultServices(streams: Streams): void {
  vaultService(streams, VAULT.paymentsApi, HOUR, ['production/db-password', 'production/card-gateway-key']);
  vaultService(streams, VAULT.ledger, 2 * HOUR, ['production/ledger/db', 'production/ledger/signing-key']);
  vaultService(streams, VAULT.storefront, 2 * HOUR, ['production/storefront/session-key']);
  vaultService(streams, VAULT.paymentsApiStaging, 3 * HOUR, [
    'staging/payments/db-password',
    'staging/payments/card-gateway-key',
  ]);
}

/** Signs in twice a day, keeps its token alive, and reads its own secrets when its cache runs out. */
function vaultService(
  { vault, random }: Streams,
  who: VaultIdentity,
  periodMs: number,
  secrets: readonly string[],
): void {
  const begin = random.int(0, 20 * MINUTE);
  for (let from = START + begin; from < END; from += DAY / 2) {
    const until = Math.min(from + DAY / 2, END) - MINUTE;
    const token = vault.login(from, who);
    for (let at = from + 4 * HOUR; at < until; at += 4 * HOUR) vault.renew(at + random.int(0, MINUTE), token);
    for (let at = from + 5 * SECOND; at < until; at += periodMs) {
      const late = at === from + 5 * SECOND ? 0 : random.int(0, 4 * MINUTE);
      if (at + late >= until) break;
      secrets.forEach((secret, index) => vault.read(at + late + index * random.int(80, 900), token, secret));
    }
  }
}

const STAGING_SECRETS = ['db-password', 'card-gateway-key', 'webhook-key', 'smtp', 'feature-flags'];

function vaultPeople({ vault, random }: Streams): void {
  for (const who of [VAULT.sam, VAULT.bob, VAULT.mia]) {
    for (const at of workingHours(3, random)) {
      const token = vault.login(at, who);
      vault.list(at + random.int(2, 9) * SECOND, token, 'staging/payments/', STAGING_SECRETS);
      for (let read = 1; read <= random.int(2, 4); read++) {
        const secret = STAGING_SECRETS[random.int(0, STAGING_SECRETS.length - 1)] ?? 'smtp';
        vault.read(at + read * random.int(20, 200) * SECOND, token, `staging/payments/${secret}`);
      }
    }
  }
  for (const at of workingHours(1, random)) {
    const token = vault.login(at, VAULT.ana);
    vault.read(at + 40 * SECOND, token, 'production/db-password');
    vault.read(at + random.int(3, 8) * MINUTE, token, 'staging/payments/db-password');
  }
}

function awsServices({ cloudtrail, random }: Streams): void {
  const read = (who: AwsIdentity, periodMs: number, secrets: readonly string[]): void => {
    for (const at of every(periodMs, random)) {
      secrets.forEach((secret, index) => cloudtrail.read(at + index * SECOND, who, secret));
    }
  };
  read(AWS.paymentsApi, 2 * HOUR, ['payments/db', 'payments/queue']);
  read(AWS.ledger, 90 * MINUTE, ['ledger/db']);
  read(AWS.worker, 3 * HOUR, ['payments/db', 'payments/queue']);
  for (const midnight of days()) {
    const at = midnight + 5 * HOUR + random.int(0, 3 * MINUTE);
    REPORTS.forEach((secret, index) => cloudtrail.read(at + index * 2 * SECOND, AWS.reportJob, secret));
    cloudtrail.trail(midnight + 6 * HOUR + random.int(0, HOUR), AWS.reportJob, 'GetTrailStatus');
  }
}

const REPORTS = ['reports/warehouse', 'reports/mail', 'ledger/read-replica', 'payments/read-replica'];

function awsPeople({ cloudtrail, random }: Streams): void {
  for (const who of [AWS.sam, AWS.bob]) {
    for (const at of workingHours(2, random)) {
      cloudtrail.list(at, who);
      cloudtrail.read(at + random.int(10, 60) * SECOND, who, 'payments/db');
      if (random.next() < 0.6) cloudtrail.read(at + random.int(2, 9) * MINUTE, who, 'payments/queue');
    }
  }
  const rotation = START + 2 * DAY + 10 * HOUR;
  cloudtrail.read(rotation, AWS.ana, 'payments/queue');
  cloudtrail.write(rotation + 90 * SECOND, AWS.ana, 'payments/queue');
}

function azureServices({ keyVault, random }: Streams): void {
  const read = (who: AzureIdentity, periodMs: number, vault: string, secrets: readonly string[]): void => {
    for (const at of every(periodMs, random)) {
      keyVault.handshake(at, who, vault, secrets[0] ?? '');
      secrets.forEach((secret, index) => keyVault.read(at + 120 + index * random.int(60, 400), who, vault, secret));
    }
  };
  read(AZURE.storefront, 90 * MINUTE, 'storefront-prod', ['search-key', 'cdn-token']);
  read(AZURE.ledger, 3 * HOUR, 'payments-prod', ['ledger-export']);
  read(AZURE.paymentsStaging, 3 * HOUR, 'payments-staging', ['db-password', 'export-key']);
  for (const at of every(4 * HOUR, random)) keyVault.unwrap(at, AZURE.ledger, 'payments-prod', 'backup-key');
  // Restarted twice this week, and reads only then.
  for (const day of [1, 4]) {
    const at = START + day * DAY + 9 * HOUR + random.int(0, HOUR);
    keyVault.handshake(at, AZURE.storefrontStaging, 'storefront-staging', 'search-key');
    keyVault.read(at + 140, AZURE.storefrontStaging, 'storefront-staging', 'search-key');
    keyVault.read(at + 320, AZURE.storefrontStaging, 'storefront-staging', 'cdn-token');
  }
}

function azurePeople({ keyVault, random }: Streams): void {
  for (const who of [AZURE.sam, AZURE.mia]) {
    for (const at of workingHours(2, random)) {
      keyVault.list(at, who, 'payments-staging');
      keyVault.read(at + random.int(10, 90) * SECOND, who, 'payments-staging', 'db-password');
    }
  }
  const rotation = START + 3 * DAY + 11 * HOUR;
  keyVault.list(rotation, AZURE.ana, 'payments-prod');
  keyVault.write(rotation + 2 * MINUTE, AZURE.ana, 'payments-prod', 'ledger-export');
}

/** Every night, in its window: 02:30 to 03:15. */
function deployments({ vault, cloudtrail, random }: Streams): void {
  for (const midnight of days()) {
    const at = midnight + 2 * HOUR + 33 * MINUTE + random.int(0, 4 * MINUTE);
    const token = vault.login(at, VAULT.deployBot);
    DEPLOYED.forEach((secret, index) => vault.read(at + (20 + index * 35) * SECOND, token, secret));
    // So many reads of one secret would be an alert at another time.
    for (let round = 0; round < 9; round++) {
      vault.read(at + 9 * MINUTE + round * 20 * SECOND, token, 'production/db-password');
    }
    const later = at + 14 * MINUTE;
    ['payments/db', 'payments/queue', 'ledger/db'].forEach((secret, index) =>
      cloudtrail.read(later + index * 8 * SECOND, AWS.deployBot, secret),
    );
  }
}

const DEPLOYED = [
  'staging/payments/db-password',
  'staging/payments/card-gateway-key',
  'production/card-gateway-key',
  'production/ledger/db',
  'production/ledger/signing-key',
  'production/storefront/session-key',
];

/** One denial, one mistyped password, one wrong name: nobody has to be woken up for that. */
function honestMistakes({ vault, cloudtrail, keyVault }: Streams): void {
  const tuesday = START + DAY + 9 * HOUR + 17 * MINUTE;
  vault.mistypedPassword(tuesday, 'mia', VAULT.mia.address);
  const mia = vault.login(tuesday + 8 * SECOND, VAULT.mia);
  vault.deniedRead(tuesday + 50 * SECOND, mia, 'production/storefront/session-key');
  const thursday = START + 3 * DAY + 14 * HOUR + 5 * MINUTE;
  const bob = vault.login(thursday, VAULT.bob);
  vault.deniedRead(thursday + 30 * SECOND, bob, 'production/ledger/db');
  vault.deniedRead(thursday + 55 * SECOND, bob, 'production/ledger/db');
  cloudtrail.deniedRead(START + 2 * DAY + 13 * HOUR, AWS.bob, 'payments/admin');
  cloudtrail.deniedRead(START + 5 * DAY + 6 * HOUR, AWS.worker, 'payments/new-queue');
  keyVault.missing(START + DAY + 15 * HOUR, AZURE.mia, 'payments-staging', 'db-pasword');
  keyVault.denied(START + 4 * DAY + 10 * HOUR + 3 * MINUTE, AZURE.mia, 'payments-prod', 'ledger-export');
}
