#!/usr/bin/env -S node --max-semi-space-size=8
import { setFlagsFromString } from 'node:v8'
import { keepCompiledCode } from './code-cache.ts'

// Else V8 marks its whole heap whenever 64 MB have gone through buffers, however few are held: of a copy into a pod that was half of the CPU time.
setFlagsFromString('--external-memory-accounted-in-global-limit')
keepCompiledCode(process.env)

const { runProgram } = await import('./program.ts')
await runProgram()
