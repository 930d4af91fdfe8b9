/**
 * What a record holds under a name that comes from outside: undefined for one it merely inherits, such as `constructor` or `toString`.
 * For records that came by JSON or YAML; where we make the record ourselves, a Map is better.
 */
export function own<Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}

/** Puts a value under a name that comes from outside: `__proto__` becomes a field as any other, as it is in JSON. */
export function putOwn<Value>(record: Record<string, Value>, name: string, value: NoInfer<Value>): void {
  if (name === '__proto__') Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true })
  else record[name] = value
}
