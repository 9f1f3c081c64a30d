export { anonymous, fixedCredential } from "./credentials.ts";
export type { Credential, Credentials } from "./credentials.ts";
export { credentialFiles, dockerCredentials } from "./docker-credentials.ts";
export type { DockerCredentialOptions } from "./docker-credentials.ts";
export { remoteRepository } from "./remote-repository.ts";
export type { RemoteName, RemoteOptions } from "./connect.ts";
export type { Clock, RetryEvent, RetryPolicy } from "../retry.ts";
