import { describe, expect, it } from 'vitest';
import { compareParts, rotationOf, streamOf } from '../../../src/sources/files/rotation.ts';

describe('rotationOf', () => {
  const parts = [
    'audit.log',
    'audit.log.gz',
    'audit.log.1',
    'audit.log.12.gz',
    'audit.log-20260101',
    'audit.log-20260101.gz',
    'audit.log-2026010112',
    'audit.log-20260101-12',
    'audit.log-1767225600.gz',
    'audit.log.2026-01-01',
    'audit.log.2026-01-01T10.00.00.gz',
    'audit-2026-01-01T00-00-00.000.log',
    'audit-2026-01-01T00-00-00.000.log.gz',
  ];
  it.each(parts)('%s is a part of audit.log', (name) => {
    expect(rotationOf(name).base).toBe('audit.log');
  });

  const others = ['audit.log.bak', 'audit.log.swp', 'other.log.1', 'audit.logs', 'audit.log.1.txt', 'my-audit.log'];
  it.each(others)('%s is not', (name) => {
    expect(rotationOf(name).base).not.toBe('audit.log');
  });

  it('takes each CloudTrail file for a stream of its own', () => {
    const name = '444455556666_CloudTrail_eu-central-1_20261116T0005Z_AbCdEfGh12345678.json';
    expect(rotationOf(`${name}.gz`)).toEqual({ base: name, part: { kind: 'live', key: '' } });
    expect(streamOf(`/trail/${name}.gz`)).toBe(`/trail/${name}`);
  });
});

describe('compareParts', () => {
  it('sorts the parts of a stream oldest first', () => {
    const sorted = [
      '/a/x.log-20251231.gz',
      '/a/x.log-20260101',
      '/a/x.log.10.gz',
      '/a/x.log.9',
      '/a/x.log.1',
      '/a/x.log',
    ];
    expect(sorted.toReversed().toSorted(compareParts)).toEqual(sorted);
    expect([...sorted].sort(compareParts)).toEqual(sorted);
  });

  it('keeps folders and streams together', () => {
    const sorted = ['/a/x.log.1', '/a/x.log', '/a/y.log.1', '/a/y.log', '/b/x.log.1', '/b/x.log'];
    expect(sorted.toReversed().toSorted(compareParts)).toEqual(sorted);
  });
});
