/** A message type of proto3 as data: its fields by name. */
export type Table = Readonly<Record<string, Field>>

/**
 * `int32` is an enum too. `int64` and `uint64` are numbers here, exact up to 2^53 (sizes, limits); `exact64` is an int64 as a bigint (nanoseconds of the clock).
 * `map` is map<string, string>.
 */
export type Scalar = 'string' | 'bytes' | 'bool' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'exact64' | 'double'

export interface Field {
  /** The number on the wire. */
  readonly no: number
  readonly type: Scalar | 'map' | Table
  readonly repeated?: true
}

/** A method of a gRPC service: its path and both messages. */
export interface Method {
  readonly path: string
  readonly request: Table
  readonly response: Table
}

interface ScalarValues {
  readonly string: string
  readonly bytes: Uint8Array
  readonly bool: boolean
  readonly int32: number
  readonly uint32: number
  readonly int64: number
  readonly uint64: number
  readonly exact64: bigint
  readonly double: number
}

type GivenItem<T extends Field['type']> = T extends Scalar ? ScalarValues[T] : T extends Table ? Given<T> : Readonly<Record<string, string>>
type TakenItem<T extends Field['type']> = T extends Scalar ? ScalarValues[T] : T extends Table ? Taken<T> : Readonly<Record<string, string>>

/** A message to be sent: what is absent has proto3's default. */
export type Given<T extends Table> = {
  readonly [Name in keyof T]?: (T[Name] extends { readonly repeated: true } ? readonly GivenItem<T[Name]['type']>[] : GivenItem<T[Name]['type']>) | undefined
}

/** A message that came: what was absent has proto3's default; a message within it may be absent. */
export type Taken<T extends Table> = {
  readonly [Name in keyof T]: T[Name] extends { readonly repeated: true }
    ? readonly TakenItem<T[Name]['type']>[]
    : T[Name]['type'] extends Table
      ? TakenItem<T[Name]['type']> | undefined
      : TakenItem<T[Name]['type']>
}

export const string = (no: number) => ({ no, type: 'string' }) as const
export const strings = (no: number) => ({ no, type: 'string', repeated: true }) as const
export const bytes = (no: number) => ({ no, type: 'bytes' }) as const
export const bool = (no: number) => ({ no, type: 'bool' }) as const
export const int32 = (no: number) => ({ no, type: 'int32' }) as const
export const uint32 = (no: number) => ({ no, type: 'uint32' }) as const
export const int64 = (no: number) => ({ no, type: 'int64' }) as const
export const uint64 = (no: number) => ({ no, type: 'uint64' }) as const
export const exact64 = (no: number) => ({ no, type: 'exact64' }) as const
export const double = (no: number) => ({ no, type: 'double' }) as const
export const map = (no: number) => ({ no, type: 'map' }) as const
export const message = <T extends Table>(no: number, type: T) => ({ no, type }) as const
export const messages = <T extends Table>(no: number, type: T) => ({ no, type, repeated: true }) as const
