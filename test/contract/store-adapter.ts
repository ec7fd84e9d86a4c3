import { onTestFinished } from 'vitest';
import type { DayStore } from '../../src/core/days.ts';
import type { EventStore, NotificationStore } from '../../src/core/ports.ts';
import type { AccessReader } from '../../src/core/access-reader.ts';

export type Store = EventStore & NotificationStore & AccessReader & DayStore;

/** What the contract suite needs of a store: run every `store-*` suite of this folder over each. */
export interface StoreAdapter {
  readonly name: string;
  /** A new, empty store. */
  create(): Promise<StoreUnderTest>;
}

export interface StoreUnderTest {
  readonly store: Store;
  /** Ends the store and opens it again, as a restart does. */
  readonly reopen: () => Promise<Store>;
  /** Ends the store, and clears away what is left of it. */
  readonly remove: () => Promise<void>;
}

/** A store for one test. */
export async function newStore(adapter: StoreAdapter): Promise<StoreUnderTest> {
  const created = await adapter.create();
  onTestFinished(() => created.remove());
  return created;
}
