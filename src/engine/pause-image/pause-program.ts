import { assemble, type LabelReference } from './assemble.ts'

/** Machines the pause program exists for, in the image format's (Go's) names. */
export type PauseArchitecture = 'amd64' | 'arm64'

const SIGINT = 2
const SIGTERM = 15
const SIGCHLD = 17
const signalBit = (signal: number) => 1n << BigInt(signal - 1)
const signalSet = Buffer.alloc(8)
signalSet.writeBigUInt64LE(signalBit(SIGINT) | signalBit(SIGTERM) | signalBit(SIGCHLD))

/**
 * The machine code of the sandbox's process, position independent, in C:
 *
 *     rt_sigprocmask(SIG_BLOCK, &set, NULL, 8);                  // set: SIGINT, SIGTERM, SIGCHLD
 *     for (;;) switch (rt_sigtimedwait(&set, NULL, NULL, 8)) {
 *       case SIGCHLD: while (wait4(-1, NULL, WNOHANG, NULL) > 0); break;
 *       case SIGTERM: case SIGINT: exit_group(0);
 *     }
 *
 * The signals are blocked and waited for: to process 1 the kernel delivers no unblocked signal that has no handler.
 */
export function pauseProgram(architecture: PauseArchitecture): Buffer {
  return architecture === 'amd64' ? amd64() : arm64()
}

function amd64(): Buffer {
  const bytes = (...values: number[]) => Uint8Array.from(values)
  const syscall = bytes(0x0f, 0x05)
  const u32 = (value: number) => [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff]
  const eax = (value: number) => bytes(0xb8, ...u32(value))
  const clear = { edi: bytes(0x31, 0xff), esi: bytes(0x31, 0xf6), edx: bytes(0x31, 0xd2), r10d: bytes(0x45, 0x31, 0xd2) }
  const r10dSetSize = bytes(0x41, 0xba, ...u32(8))
  const jump = (opcode: number, label: string): LabelReference => ({ label, size: 2, encode: (distance) => bytes(opcode, (distance - 2) & 0xff) })
  /** lea register, [rip + set] */
  const addressOfSet = (register: 'rdi' | 'rsi'): LabelReference => ({
    label: 'set',
    size: 7,
    encode: (distance) => bytes(0x48, 0x8d, register === 'rdi' ? 0x3d : 0x35, ...u32(distance - 7)),
  })
  const equalsEax = (value: number) => bytes(0x83, 0xf8, value)
  const [je, jg, jmp] = [0x74, 0x7f, 0xeb]
  return assemble([
    ...[eax(14), clear.edi, addressOfSet('rsi'), clear.edx, r10dSetSize, syscall],
    'wait',
    ...[eax(128), addressOfSet('rdi'), clear.esi, clear.edx, r10dSetSize, syscall],
    ...[equalsEax(SIGCHLD), jump(je, 'reap'), equalsEax(SIGTERM), jump(je, 'exit'), equalsEax(SIGINT), jump(je, 'exit')],
    jump(jmp, 'wait'),
    'reap',
    // mov rdi, -1; mov edx, WNOHANG
    ...[eax(61), bytes(0x48, 0xc7, 0xc7, ...u32(-1)), clear.esi, bytes(0xba, ...u32(1)), clear.r10d, syscall],
    ...[bytes(0x85, 0xc0), jump(jg, 'reap'), jump(jmp, 'wait')],
    'exit',
    ...[eax(231), clear.edi, syscall],
    'set',
    signalSet,
  ])
}

function arm64(): Buffer {
  const word = (value: number) => {
    const buffer = Buffer.alloc(4)
    buffer.writeUInt32LE(value >>> 0)
    return buffer
  }
  const movz = (register: number, value: number) => word(0xd2800000 | (value << 5) | register)
  const supervisorCall = word(0xd4000001)
  const compareW0 = (value: number) => word(0x7100001f | (value << 10))
  const branch = (label: string): LabelReference => ({ label, size: 4, encode: (distance) => word(0x14000000 | ((distance >> 2) & 0x3ffffff)) })
  const branchIf = (condition: number, label: string): LabelReference => ({
    label,
    size: 4,
    encode: (distance) => word(0x54000000 | (((distance >> 2) & 0x7ffff) << 5) | condition),
  })
  const addressOfSet = (register: number): LabelReference => ({
    label: 'set',
    size: 4,
    encode: (distance) => word(0x10000000 | ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5) | register),
  })
  const [equal, greater] = [0x0, 0xc]
  return assemble([
    ...[movz(8, 135), movz(0, 0), addressOfSet(1), movz(2, 0), movz(3, 8), supervisorCall],
    'wait',
    ...[movz(8, 137), addressOfSet(0), movz(1, 0), movz(2, 0), movz(3, 8), supervisorCall],
    ...[compareW0(SIGCHLD), branchIf(equal, 'reap'), compareW0(SIGTERM), branchIf(equal, 'exit'), compareW0(SIGINT), branchIf(equal, 'exit')],
    branch('wait'),
    'reap',
    // movn x0, #0 is -1
    ...[movz(8, 260), word(0x92800000), movz(1, 0), movz(2, 1), movz(3, 0), supervisorCall],
    ...[compareW0(0), branchIf(greater, 'reap'), branch('wait')],
    'exit',
    ...[movz(8, 94), movz(0, 0), supervisorCall],
    'set',
    signalSet,
  ])
}
