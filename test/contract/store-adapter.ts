import { onTestFinished } from 'vitest';
import type { EventStore, NotificationStore } from '../../src/core/ports.ts';
import type { AccessReader } from '../../src/core/access-reader.ts';

export type Store = EventStore & NotificationStore & AccessReader;

/** What the contract suite needs of a store: run every `store-*` suite of this folder over each. */
export interface StoreAdapter<S extends Store = Store> {
  readonly name: string;
  /** A new, empty store. */
  create(): Promise<StoreUnderTest<S>>;
}

export interface StoreUnderTest<S extends Store = Store> {
  readonly store: S;
  /** Ends the store and opens it again, as a restart does. */
  readonly reopen: () => Promise<S>;
  /** Ends the store, and clears away what is left of it. */
  readonly remove: () => Promise<void>;
}

/** A store for one test. */
export async function newStore<S extends Store>(adapter: StoreAdapter<S>): Promise<StoreUnderTest<S>> {
  const created = await adapter.create();
  onTestFinished(() => created.remove());
  return created;
}
