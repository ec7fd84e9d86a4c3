import { z } from 'zod';

/** A secret of the config: prints as `[redacted]` wherever it ends up by mistake; `reveal` gives it to the one who needs it. */
export class SecretText {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]';
  }
}

/** Where a secret comes from: `${NAME}` of the environment, or a file whose text (without its last newline) it is. */
export const secretSource = z.union([
  z
    .string()
    .regex(
      /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/,
      'must be ${NAME} of the environment or { file: PATH }, never the secret itself',
    ),
  z.strictObject({ file: z.string().min(1) }),
]);
export type SecretSource = z.infer<typeof secretSource>;
