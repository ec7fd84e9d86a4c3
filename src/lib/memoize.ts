/**
 * Remembers what `compute` gave for a key, for at most `limit` keys: those that were asked for longest ago are forgotten.
 * `compute` must be pure, so that what is remembered never changes an answer. Keys that only an attacker would make so
 * long are not kept: they would cost memory and not come again.
 */
export function memoize<K extends string | number, V>(limit: number, compute: (key: K) => V): (key: K) => V {
  const half = Math.max(1, Math.floor(limit / 2));
  let young = new Map<K, { readonly value: V }>();
  let old = new Map<K, { readonly value: V }>();
  return (key) => {
    if (typeof key === 'string' && key.length > KEY_LIMIT) return compute(key);
    const fresh = young.get(key);
    if (fresh !== undefined) return fresh.value;
    const entry = old.get(key) ?? { value: compute(key) };
    if (young.size >= half) {
      old = young;
      young = new Map();
    }
    young.set(key, entry);
    return entry.value;
  };
}

const KEY_LIMIT = 1_024;
