import type { Admit } from '../director.ts'
export const admit: Admit = () => undefined
