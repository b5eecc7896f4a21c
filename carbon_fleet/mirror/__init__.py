"""The site mirror: everything a converge fetches, in one folder by content, served to Macs without the Internet."""
