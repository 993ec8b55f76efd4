"""The pages that an operator looks at, and the playground; nothing here knows a socket."""
