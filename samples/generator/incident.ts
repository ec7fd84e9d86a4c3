import type { AwsIdentity } from './cloudtrail.ts';
import { AWS, AZURE, from, INTRUDER, VAULT } from './identities.ts';
import type { Streams } from './quiet-week.ts';
import { HOUR, INCIDENT, MINUTE, SECOND } from './time.ts';

/** Three hours of one intruder. README.md tells the story in the same order, and which alert each step raises. */
export function incident(streams: Streams): void {
  guessPasswords(streams);
  readProduction(streams);
  tryKeyVault(streams);
  harvestAws(streams);
  crossFromStaging(streams);
  borrowDeployBot(streams);
  becomeRoot(streams);
  coverTracks(streams);
}

/** Hours and minutes of the incident day. */
function clock(hours: number, minutes: number): number {
  return Math.floor(INCIDENT / (24 * HOUR)) * 24 * HOUR + hours * HOUR + minutes * MINUTE;
}

function guessPasswords({ vault, random }: Streams): void {
  const names = ['ana', 'bob', 'mia', 'sam'];
  for (let attempt = 0; attempt < 14; attempt++) {
    vault.mistypedPassword(
      INCIDENT + attempt * 22 * SECOND + random.int(0, 4_000),
      names[attempt % 4] ?? 'sam',
      INTRUDER,
    );
  }
}

function readProduction({ vault, random }: Streams): void {
  const token = vault.login(clock(12, 47), from(VAULT.sam, INTRUDER));
  vault.list(clock(12, 48), token, 'staging/payments/', ['db-password', 'smtp', 'webhook-key']);
  vault.read(clock(12, 49), token, 'staging/payments/db-password');
  vault.list(clock(12, 55), token, 'production/', ['card-gateway-key', 'db-password', 'ledger/', 'storefront/']);
  vault.read(clock(12, 56), token, 'production/db-password');
  // The database's password is being changed while they watch: a script asks for it until the new one is there.
  for (let read = 0; read < 11; read++) {
    vault.read(clock(13, 4) + read * 14 * SECOND + random.int(0, 3_000), token, 'production/db-password');
  }
}

function tryKeyVault({ keyVault, random }: Streams): void {
  const sam = from(AZURE.sam, INTRUDER);
  const names = ['ledger-export', 'db-password', 'export-key', 'backup-token'];
  for (let attempt = 0; attempt < 12; attempt++) {
    const at = clock(13, 21) + attempt * 13 * SECOND + random.int(0, 5_000);
    keyVault.denied(at, sam, 'payments-prod', names[attempt % 4] ?? 'db-password');
  }
}

const HARVEST = [
  'payments/db',
  'payments/queue',
  'payments/read-replica',
  'payments/webhook-key',
  'payments/fraud-api',
  'ledger/db',
  'ledger/read-replica',
  'ledger/signing-key',
  'reports/warehouse',
  'reports/mail',
  'storefront/session-key',
  'storefront/search',
  'terraform/access-key',
  'vault/unseal-share-1',
  'vault/unseal-share-2',
  'vault/unseal-share-3',
  'pager/api-key',
];

function harvestAws({ cloudtrail, random }: Streams): void {
  const sam = from(AWS.sam, INTRUDER);
  cloudtrail.list(clock(13, 38), sam);
  cloudtrail.read(clock(13, 39), sam, 'report-job/session');
  const reportJob: AwsIdentity = from(AWS.reportJob, INTRUDER);
  cloudtrail.list(clock(13, 46), reportJob);
  HARVEST.forEach((secret, index) =>
    cloudtrail.read(clock(13, 47) + index * 16 * SECOND + random.int(0, 6_000), reportJob, secret),
  );
}

/** The application in staging is made to ask for its neighbour's secrets: from its own address, with its own identity. */
function crossFromStaging({ keyVault }: Streams): void {
  const who = AZURE.storefrontStaging;
  keyVault.handshake(clock(14, 12), who, 'storefront-prod', 'search-key');
  keyVault.read(clock(14, 12) + 130, who, 'storefront-prod', 'search-key');
  keyVault.read(clock(14, 12) + 900, who, 'storefront-prod', 'cdn-token');
}

function borrowDeployBot({ vault }: Streams): void {
  const token = vault.login(clock(14, 28), VAULT.deployBot);
  ['production/db-password', 'production/card-gateway-key', 'production/ledger/signing-key'].forEach((secret, index) =>
    vault.read(clock(14, 28) + (20 + index * 25) * SECOND, token, secret),
  );
}

function becomeRoot({ vault }: Streams): void {
  const sam = vault.login(clock(14, 50), from(VAULT.sam, INTRUDER));
  vault.removeAuditDevice(clock(14, 52), sam, 'syslog', false);
  vault.generateRoot(clock(15, 4), 'attempt', INTRUDER, 0);
  for (const share of [1, 2, 3]) vault.generateRoot(clock(15, 4) + share * 25 * SECOND, 'update', INTRUDER, share);
}

function coverTracks({ vault, cloudtrail, keyVault }: Streams): void {
  const root = vault.rootToken(clock(15, 6), INTRUDER);
  vault.read(clock(15, 11), root, 'production/ledger/signing-key');
  vault.removeAuditDevice(clock(15, 19), root, 'syslog', true);
  const terraform = from(AWS.terraform, INTRUDER);
  cloudtrail.trail(clock(15, 26), terraform, 'GetTrailStatus');
  cloudtrail.trail(clock(15, 27), terraform, 'StopLogging');
  keyVault.removeDiagnosticSetting(clock(15, 33), from(AZURE.sam, INTRUDER), 'payments-prod');
  vault.read(clock(15, 38), root, 'production/card-gateway-key');
  vault.read(clock(15, 39) + 50 * SECOND, root, 'production/db-password');
}
