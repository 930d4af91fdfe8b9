import type { DeviceIo, IoStats } from './types.ts'

type Column = Exclude<keyof DeviceIo, 'device'>

/** Gathers figures of block devices as they are read, in any order. */
export class DeviceSums {
  readonly #devices = new Map<string, Record<Column, number> & { device: string }>()

  add(device: string, column: Column, value: number): void {
    const known = this.#devices.get(device) ?? { device, readBytes: 0, writeBytes: 0, reads: 0, writes: 0 }
    known[column] += value
    this.#devices.set(device, known)
  }

  /** The devices, and all of them together. */
  total(): IoStats {
    const devices = [...this.#devices.values()]
    const sum = (column: Column) => devices.reduce((total, each) => total + each[column], 0)
    return { readBytes: sum('readBytes'), writeBytes: sum('writeBytes'), reads: sum('reads'), writes: sum('writes'), devices }
  }
}
