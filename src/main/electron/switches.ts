import { hasGpu, webgpuFlags } from '../browser.mjs';

/** One of Chromium's switches, as `app.commandLine.appendSwitch` takes it. */
export type Switch = readonly [name: string, value?: string];

/** The switches that WebGPU needs on this machine: Vulkan on Linux, SwiftShader without a GPU, none elsewhere. */
export function gpuSwitches(platform: string = process.platform, gpu: boolean = hasGpu(platform)): Switch[] {
  return webgpuFlags({ software: !gpu, platform }).map(parseSwitch);
}

function parseSwitch(flag: string): Switch {
  const [, name = flag, value] = /^--([^=]+)(?:=(.*))?$/.exec(flag) ?? [];
  return value === undefined ? [name] : [name, value];
}
