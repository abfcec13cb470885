{
  "targets": [
    {
      "target_name": "ioctl",
      "sources": ["ioctl.c"],
      "cflags": ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2"],
      "defines": ["NAPI_VERSION=8"]
    }
  ]
}
