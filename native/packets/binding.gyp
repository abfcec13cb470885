{
  "targets": [
    {
      "target_name": "packets",
      "sources": ["packets.c", "suite.c", "door.c"],
      "cflags": ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2"],
      "defines": ["NAPI_VERSION=8"]
    }
  ]
}
