import { kubeletRules } from '../../actors/pod/kubelet-rules.ts'
import { createEngine } from './engines.ts'
import { podRoster } from './pod-roster.ts'

/** What a worker thread of pod actors loads: every host has its own connection to the engine. */
export const roster = podRoster({ rules: kubeletRules, createEngine })
