import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { folderWith, start, whosaw, type Running } from './whosaw.ts';

/** A folder with a config for a cluster of its own on the broker, whose topics are made. */
export async function clusterFolder(
  broker: string,
  { log, partitions = 3, store = () => '{ path: store }', more = '', files = {} }: ClusterSettings,
): Promise<ClusterFolder> {
  const prefix = `t${randomBytes(4).toString('hex')}`;
  const config = `
sources:
  vault: { type: vault, cluster: eu, file: audit.log }
store: ${store(prefix)}
socket: { path: s }
kafka: { brokers: ['${broker}'], partitions: ${partitions}, prefix: ${prefix}, session: 6s }
sinks:
  file: { type: file, path: alerts.ndjson, level: low }
${more}`;
  const folder = folderWith({ 'whosaw.yaml': config, 'whole.log': log, ...files });
  const args = ['-c', folder.at('whosaw.yaml')];
  const { code, stderr } = await whosaw(['setup', 'kafka', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return { ...folder, prefix, up: (roles) => start(['up', '--role', roles, ...args]) };
}

export interface ClusterSettings {
  readonly log: string;
  readonly partitions?: number;
  /** Of the config, by the prefix. */
  readonly store?: (prefix: string) => string;
  /** More of the config. */
  readonly more?: string;
  readonly files?: Readonly<Record<string, string>>;
}

export interface ClusterFolder {
  readonly at: (name: string) => string;
  readonly remove: () => void;
  readonly prefix: string;
  /** A worker with these roles. */
  readonly up: (roles: string) => Running;
}
