/** While it is being built, by the one function that has it. Filling in fields costs a fraction of spreading them. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
