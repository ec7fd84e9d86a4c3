import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, it } from 'vitest';
import { checkCertificate } from '../../../src/pipeline/check-certificate.ts';
import { vaultRead } from '../../e2e/vault-log.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { open, readUntil } from './listening.ts';

/** A certificate of its own authority. */
function certificate(folder: string): { readonly certificate: string; readonly key: string } {
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const out = ['-subj', '/CN=localhost', '-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`];
  execFileSync('openssl', [...args, ...out], { stdio: 'ignore' });
  return { certificate: readFileSync(`${folder}/cert.pem`, 'utf8'), key: readFileSync(`${folder}/key.pem`, 'utf8') };
}

it('takes lines over TLS, and outlives clients that speak none, or break off', async () => {
  const folder = temporaryFolder();
  const tls = certificate(folder);
  const { ports, collectors } = await open([{ at: 'tls://127.0.0.1:0', tls }], folder);
  const port = ports['vault-socket'] ?? 0;
  for (const bytes of ['no TLS at all\n', '\u0016\u0003\u0001\u0002']) {
    const plain = createConnection({ port, host: '127.0.0.1' });
    plain.on('error', () => undefined);
    await new Promise<void>((resolve) => plain.end(bytes, () => resolve()));
  }
  const stranger = connectTls({ port, host: '127.0.0.1' });
  await expect(new Promise((_, reject) => stranger.once('error', reject))).rejects.toMatchObject({
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  });
  const socket = connectTls({ port, host: '127.0.0.1', ca: tls.certificate, servername: 'localhost' });
  socket.end(vaultRead({ time: '2026-11-23T10:00:00Z', id: 'a' }));
  const { records, rejections } = await readUntil(collectors[0], (read) => read.records.length > 0);
  expect([records.length, rejections.length]).toEqual([1, 0]);
});

it('says what is wrong with a certificate before anything listens', () => {
  const first = certificate(temporaryFolder());
  const second = certificate(temporaryFolder());
  const now = Date.now();
  const place = 'sources.vault-tls.tls';
  expect(() => checkCertificate(first, place, now)).not.toThrow();
  expect(() => checkCertificate(first, place, now + 3 * 86_400_000)).toThrow(
    /^sources\.vault-tls\.tls: the certificate has expired \(20.*\); renew it\.$/,
  );
  expect(() => checkCertificate(first, place, now - 86_400_000)).toThrow(/is not valid before/);
  expect(() => checkCertificate({ ...first, key: second.key }, place, now)).toThrow(/do not belong together/);
  expect(() => checkCertificate({ certificate: 'x', key: 'y' }, place, now)).toThrow(/no PEM/);
});
