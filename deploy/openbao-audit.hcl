# OpenBao's file device, written where whosaw may read it: the mode lets the group in, which is the same in both images.
audit "file" "whosaw" {
  description = "what whosaw follows"
  options {
    file_path = "/openbao/logs/audit.log"
    mode      = "0640"
  }
}
