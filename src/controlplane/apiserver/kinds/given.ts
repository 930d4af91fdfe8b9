import type { KubeObject, Wire } from '../../../kube/objects.ts'

/** The library writes `_from` for what is `from` on the wire. */
type WireName<Key> = Key extends `_${infer Name}` ? Name : Key

type DeepPartial<T> = T extends readonly (infer Item)[]
  ? DeepPartial<Item>[]
  : T extends object
    ? string extends keyof T
      ? { [Key in keyof T]: DeepPartial<T[Key]> }
      : { [Key in keyof T as WireName<Key>]?: DeepPartial<T[Key]> }
    : T

/** An object of a type of the client library as a client may have sent it: right types, but whatever it likes may be missing. */
export type Given<T> = KubeObject & Omit<DeepPartial<Wire<T>>, keyof KubeObject>

/** A part of such an object. */
export type GivenPart<T> = DeepPartial<Wire<T>>
