/** What a question asks of an event: one grammar (a subset of KQL), used wherever events are filtered. */
export type Query =
  | { readonly kind: 'everything' }
  /** All terms; at least one. */
  | { readonly kind: 'all'; readonly terms: readonly Query[] }
  /** One of the terms; at least one. */
  | { readonly kind: 'any'; readonly terms: readonly Query[] }
  | { readonly kind: 'not'; readonly term: Query }
  /** A value of the field satisfies the test. */
  | { readonly kind: 'field'; readonly field: string; readonly test: ValueTest };

export type Comparison = 'lt' | 'lte' | 'gt' | 'gte';

export type ValueTest =
  /** It has a value. */
  | { readonly kind: 'exists' }
  | { readonly kind: 'text'; readonly text: string }
  /** What stands between the `*`; two parts at least. */
  | { readonly kind: 'wildcard'; readonly parts: readonly string[] }
  | { readonly kind: 'compareText'; readonly comparison: Comparison; readonly bound: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'compareNumber'; readonly comparison: Comparison; readonly bound: number }
  /** Microseconds since 1970, both inclusive. */
  | { readonly kind: 'time'; readonly fromUs: number; readonly toUs: number }
  /** An address in the network, or in a range of addresses; the text is CIDR or an address. */
  | { readonly kind: 'network'; readonly network: string }
  | { readonly kind: 'compareAddress'; readonly comparison: Comparison; readonly bound: string };
