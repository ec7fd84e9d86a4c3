import { sha256 } from '../lib/hash.ts';

/** What flows between the stages of a cluster; design: one flow, five words. */
export const TOPICS = ['raw', 'events', 'hits', 'alerts', 'rejected', 'memory'] as const;
export type TopicName = (typeof TOPICS)[number];

/** Names of the topics and groups of one installation, and in which partition a thing lies. */
export class Topics {
  readonly prefix: string;
  /** Of every topic: what belongs together lies in partitions of one number. */
  readonly partitions: number;

  constructor(prefix: string, partitions: number) {
    this.prefix = prefix;
    this.partitions = partitions;
  }

  name(topic: TopicName): string {
    return `${this.prefix}.${topic}`;
  }

  group(role: string): string {
    return `${this.prefix}-${role}`;
  }

  /** The same on every worker, of whatever version. */
  partitionOf(key: string): number {
    return Number.parseInt(sha256(key).slice(0, 8), 16) % this.partitions;
  }

  /** Of what has a random id of hexadecimal digits. */
  partitionOfId(id: string): number {
    return Number.parseInt(id.slice(0, 8), 16) % this.partitions;
  }
}
