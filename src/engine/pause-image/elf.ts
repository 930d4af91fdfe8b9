import type { PauseArchitecture } from './pause-program.ts'

const loadAddress = 0x400000
const headerSize = 64
const programHeaderSize = 56
const machine: Record<PauseArchitecture, number> = { amd64: 62, arm64: 183 }

/** A static ELF64 executable of one read-and-execute segment: the headers, then `code`, which begins at its first byte. */
export function elfExecutable(architecture: PauseArchitecture, code: Uint8Array): Buffer {
  const start = headerSize + programHeaderSize
  const file = Buffer.alloc(start + code.length)
  // \x7fELF, 64 bit, little endian, version 1
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], 0)
  file.writeUInt16LE(2, 16) // e_type: ET_EXEC
  file.writeUInt16LE(machine[architecture], 18)
  file.writeUInt32LE(1, 20)
  file.writeBigUInt64LE(BigInt(loadAddress + start), 24) // e_entry
  file.writeBigUInt64LE(BigInt(headerSize), 32) // e_phoff
  file.writeUInt16LE(headerSize, 52)
  file.writeUInt16LE(programHeaderSize, 54)
  file.writeUInt16LE(1, 56) // e_phnum
  file.writeUInt32LE(1, headerSize) // p_type: PT_LOAD
  file.writeUInt32LE(5, headerSize + 4) // p_flags: read, execute
  file.writeBigUInt64LE(BigInt(loadAddress), headerSize + 16)
  file.writeBigUInt64LE(BigInt(loadAddress), headerSize + 24)
  file.writeBigUInt64LE(BigInt(file.length), headerSize + 32)
  file.writeBigUInt64LE(BigInt(file.length), headerSize + 40)
  file.writeBigUInt64LE(0x1000n, headerSize + 48)
  file.set(code, start)
  return file
}
