/**
 * An int64 of the API. A double holds whole numbers up to 2^53 only: what is larger is a bigint, which crosses threads and is compared with numbers as it is.
 * For arithmetic take `Number(value)`: seconds that large are for ever either way.
 */
export type Int64 = number | bigint

// Whole numbers of 16 digits and more are the first that may be beyond a double. Inside a string this may match too: that costs time, no more.
const mayBeLarge = /(?:^|[:[,\s])-?\d{16}/

/** As `JSON.parse`, but whole numbers that a double does not hold are bigints. */
export function parseJson(text: string): unknown {
  return mayBeLarge.test(text)
    ? (JSON.parse(text, exactly as (this: unknown, key: string, value: unknown) => unknown) as unknown)
    : (JSON.parse(text) as unknown)
}

function exactly(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const { source = '' } = context ?? {}
  return /^-?\d+$/.test(source) ? BigInt(source) : value
}

/** As `JSON.stringify`, with bigints as the numbers they are. */
export function writeJson(value: unknown, indent?: number): string {
  try {
    return JSON.stringify(value, undefined, indent)
  } catch (error) {
    // Only what holds a bigint comes here, and nearly nothing does.
    if (!(error instanceof TypeError) || !/BigInt/.test(error.message)) throw error
    return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? rawJson(String(inner)) : inner), indent)
  }
}

// ES2026 (Node 22 has it); the compiler's library does not name it yet.
const { rawJSON: rawJson } = JSON as typeof JSON & { rawJSON(text: string): unknown }
