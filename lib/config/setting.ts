import type { z } from "zod";

export type CommandName =
  | "serve"
  | "watch"
  | "check"
  | "init"
  | "doctor"
  | "simulate"
  | "token"
  | "recordings"
  | "verify"
  | "export";

/** One thing that can be set: the value, the flag, the help and the check are made from this row alone. */
export interface Setting {
  /** Name of the environment variable. */
  readonly env: string;
  /** Without the dashes; secrets have none, since everyone on a machine sees the arguments of a program. */
  readonly flag?: string;
  /** What stands for the value in the help; a flag without one is a switch. */
  readonly placeholder?: string;
  /** Reads the text of the variable; its messages say what would do. */
  readonly schema: z.ZodType<unknown, string>;
  /** The text that counts when none is set; without one the value may be undefined. */
  readonly default?: string;
  readonly help: string;
  /** The commands that it concerns. */
  readonly commands: readonly CommandName[];
  readonly secret?: boolean;
  /** For a value that the account needs: where a person gets it. */
  readonly whence?: string;
}

/** Settings by the name that they have in the configuration. */
export interface SettingGroup {
  readonly [name: string]: Setting | SettingGroup;
}

/** What reading a group of settings gives: the output of each schema, optional where there is no default. */
export type ValuesOf<Group> =
  & {
    readonly [Name in keyof Group as IsOptional<Group[Name]> extends true ? never : Name]: ValueOf<
      Group[Name]
    >;
  }
  & {
    readonly [Name in keyof Group as IsOptional<Group[Name]> extends true ? Name : never]?: ValueOf<
      Group[Name]
    >;
  };

type IsOptional<Each> = Each extends Setting ? Each extends { default: string } ? false : true : false;

type ValueOf<Each> = Each extends { schema: z.ZodType<infer Output, string> } ? Output : ValuesOf<Each>;

export function isSetting(each: Setting | SettingGroup): each is Setting {
  return typeof each.env === "string";
}

/** The rows of a group and of the groups in it, in their order. */
export function rowsOf(group: SettingGroup): Setting[] {
  return Object.values(group).flatMap((each) => isSetting(each) ? [each] : rowsOf(each));
}
