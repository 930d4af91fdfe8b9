declare const brand: unique symbol

/** A nominal type: `Brand<string, 'PodUid'>` cannot be mixed up with another string. Parsed at the edge, trusted inside. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** A duration in milliseconds. */
export type Milliseconds = Brand<number, 'Milliseconds'>
/** A size in bytes. */
export type Bytes = Brand<number, 'Bytes'>

/** Marks a number as milliseconds. */
export const ms = (value: number): Milliseconds => value as Milliseconds
/** Whole seconds as milliseconds. */
export const seconds = (value: number): Milliseconds => (value * 1000) as Milliseconds
/** Marks a number as bytes. */
export const bytes = (value: number): Bytes => value as Bytes
