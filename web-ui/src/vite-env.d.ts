declare module "*.asl.yaml" {
  const drawable: import("./logic/stateMachine").Drawable;
  export default drawable;
}
