# frozen_string_literal: true

# Has Debian's Jekyll, which is patched to read YAML by Psych, read it as the released gem does.
# `ruby -r …/gem_jekyll.rb -S jekyll build`

require "jekyll"
require_relative "gem_yaml"

module Jekyll
  module Utils
    def safe_load_yaml(text) = GemYaml.load(text)

    def safe_load_yaml_file(name, **)
      GemYaml.load(File.read(name, :mode => "r:bom|utf-8"))
    end
  end
end
